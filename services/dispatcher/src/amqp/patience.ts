/**
 * Whatever throws is held and tried again (libs/amqp). That is right while a part of ours is away, however long. But
 * what the message alone causes happens each time, and as many such messages as may be in hand at once would end the
 * intake for everybody: so it is tried a few times and then given up.
 */
import { BrokerClosed, MessageNacked, MessageRefused, MessageReturned } from '@carya/amqp'
import type { Delivery, Outcome } from '@carya/amqp'

export type Handle = (delivery: Delivery) => Promise<Outcome>

export type Patience = {
  /** whether a part that is needed is away: then it is no fault of the message's */
  isAway: (err: unknown) => boolean
  /** what becomes of a message that is given up; where it throws, it is asked for again */
  giveUp: (delivery: Delivery, err: unknown) => Promise<Outcome>
}

const MOST_TRIES = 5

export function patiently(handle: Handle, { isAway, giveUp }: Patience): Handle {
  const tries = new WeakMap<Delivery, number>()
  return async (delivery) => {
    try {
      return await handle(delivery)
    } catch (err) {
      if (isAway(err) || isOfWorld(err)) throw err
      const count = (tries.get(delivery) ?? 0) + 1
      tries.set(delivery, count)
      if (count < MOST_TRIES) throw err
      return giveUp(delivery, err)
    }
  }
}

/** The broker's doing, or the system's. A message that cannot even be encoded for the broker is our own. */
function isOfWorld(err: unknown): boolean {
  if (err instanceof MessageRefused) return err.replyCode !== undefined
  if ([BrokerClosed, MessageNacked, MessageReturned].some((kind) => err instanceof kind)) return true
  return err instanceof Error && (err.name === 'AbortError' || 'syscall' in err)
}
