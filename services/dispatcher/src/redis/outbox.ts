/**
 * The outbox: messages that a commit caused, published after it. The committer publishes its own entries at once;
 * the relay takes over what stays behind (a crash between commit and confirm, a broker that was away). Both may
 * publish an entry, so every message can come twice. The streams are never trimmed: an entry leaves by being
 * deleted after its confirm. Lanes know nothing of each other: none waits for another.
 *
 * A message that comes back, or that the broker refuses, is logged and dropped if it is a reply or an event
 * (they hold up nobody, H15); a job stays and is tried again, for its queue will be there.
 */
import type { Redis } from 'ioredis'
import type { Log } from '@carya/amqp'
import type { Lane, OutMessage } from '../domain/messages.ts'
import type { OutEntry } from './commit.ts'
import { openLane, type OutboxLane } from './outbox-lane.ts'

export type Send = (message: OutMessage, seq: number, signal: AbortSignal) => Promise<void>
export type Outbox = {
  /** Publishes entries of a commit just made; returns at once. */
  send(entries: readonly OutEntry[]): void
  /**
   * One round of the relay over what stood there at the last round already, the first one over all; resolves when it
   * is under way. A lane whose last round still reads is left out.
   */
  relay(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export function openOutbox(
  redis: Redis,
  send: Send,
  isUndeliverable: (err: unknown) => boolean,
  log: Log,
): Outbox {
  const stop = new AbortController()

  async function publish({ seq, message }: OutEntry): Promise<boolean> {
    const { lane, type, routingKey } = message
    try {
      await send(message, seq, stop.signal)
    } catch (err) {
      if (stop.signal.aborted) return false
      if (lane !== 'world' || !isUndeliverable(err)) {
        log.warn({ err, type, to: routingKey }, 'message not taken yet, the relay tries again')
        return false
      }
      log.warn({ err, type, to: routingKey }, 'message dropped: nobody takes it')
    }
    return true
  }

  const parts = { redis, publish, log, signal: stop.signal }
  const lanes: Record<Lane, OutboxLane> = {
    jobs: openLane('jobs', parts),
    world: openLane('world', parts),
    records: openLane('records', parts),
  }
  const all = Object.values(lanes)
  return {
    send(entries) {
      for (const entry of entries) lanes[entry.message.lane].take(entry)
    },
    async relay() {
      await Promise.all(all.map((lane) => lane.relay()))
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(all.map((lane) => lane.end()))
    },
  }
}
