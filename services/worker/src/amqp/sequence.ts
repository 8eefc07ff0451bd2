/** The highest sequence of a commit that was seen in a message (H4): a dispatcher whose memory is older learns of it. */
import type { Delivery } from '@carya/amqp'
import { SEQ_HEADER } from '@carya/contracts'

export class Sequence {
  #highest = 0

  get highest(): number {
    return this.#highest
  }

  seen({ properties }: Delivery): void {
    const seq: unknown = properties.headers?.[SEQ_HEADER]
    if (typeof seq === 'number' && seq > this.#highest) this.#highest = seq
  }
}
