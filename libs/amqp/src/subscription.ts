/**
 * A consumer as registered on one channel, with a prefetch that can change.
 *
 * On a quorum queue the prefetch of a consumer is fixed when it is registered (and a channel-wide one is an error), so
 * a change is: cancel, `basic.qos`, consume again, on the same channel, where deliveries in hand stay answerable.
 * The new prefetch does not count those in hand from before: it is the number of further ones.
 */
import type { Channel, ConsumeMessage } from 'amqplib'

export type SubscriptionOptions = {
  channel: Channel
  queue: string
  name: string
  exclusive: boolean
  noAck: boolean
  /** null: the broker has cancelled the consumer. */
  onMessage: (message: ConsumeMessage | null) => void
}

export class Subscription {
  readonly #options: SubscriptionOptions
  #wanted = 0
  #inForce = 0
  #tag = ''
  #count = 0
  #changes: Promise<void> = Promise.resolve()

  constructor(options: SubscriptionOptions) {
    this.#options = options
  }

  /** Resolves when this prefetch, or a later one, is in force; 0 is no consumer. Rejects if the channel is lost. */
  set(prefetch: number): Promise<void> {
    this.#wanted = prefetch
    const change = this.#changes.then(() => this.#apply())
    this.#changes = change.catch(() => {}) // told to the caller; the end of the channel is seen by its keeper
    return change
  }

  /** All changes asked for so far are in force, or have failed with the channel. */
  settled(): Promise<void> {
    return this.#changes
  }

  /** The broker has answered on this channel: its prefetch is told again, which changes nothing. Rejects with the channel. */
  async answered(): Promise<void> {
    await this.#changes
    await this.#options.channel.prefetch(Math.max(1, this.#inForce))
  }

  async #apply(): Promise<void> {
    const { channel, queue, name, exclusive, noAck, onMessage } = this.#options
    if (this.#inForce === this.#wanted) return
    if (this.#inForce > 0) await channel.cancel(this.#tag)
    const prefetch = this.#wanted
    this.#inForce = prefetch
    if (prefetch === 0) return // to AMQP 0 means without limit
    this.#count += 1
    this.#tag = `${name}.${this.#count}`
    await channel.prefetch(prefetch)
    await channel.consume(queue, onMessage, { consumerTag: this.#tag, exclusive, noAck })
  }
}
