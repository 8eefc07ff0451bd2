/**
 * The outbox: messages that a commit caused, published after it. The committer publishes its own entries at once;
 * the relay takes over what stays behind (a crash between commit and confirm, a broker that was away). Both may
 * publish an entry, so every message can come twice. The streams are never trimmed: an entry leaves by being
 * deleted after its confirm. Lanes know nothing of each other: none waits for another.
 *
 * A reply or an event that nobody takes is logged and dropped (they hold up nobody, H15), at once or after a few tries,
 * which are counted here: another dispatcher begins anew. A job stays and is tried again, for its queue will be there.
 */
import type { Redis } from 'ioredis'
import type { Log } from '@carya/amqp'
import type { Lane, OutMessage } from '../domain/messages.ts'
import type { OutEntry } from './commit.ts'
import { openLane, type OutboxLane } from './outbox-lane.ts'

export type Send = (message: OutMessage, seq: number, signal: AbortSignal) => Promise<void>
/** Whether a reply or event is dropped after it has failed so many times. */
export type IsDropped = (err: unknown, message: OutMessage, tries: number) => boolean
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

/** Entries whose failures are counted; beyond that all are counted anew. */
const MOST_COUNTED = 10_000

export function openOutbox(redis: Redis, send: Send, isDropped: IsDropped, log: Log): Outbox {
  const stop = new AbortController()
  const failures = new Map<string, number>()

  async function publish(entry: OutEntry): Promise<boolean> {
    const { id, seq, message } = entry
    const { lane, type, routingKey } = message
    const key = `${lane} ${id}`
    const tries = (failures.get(key) ?? 0) + 1
    try {
      await send(message, seq, stop.signal)
    } catch (err) {
      if (stop.signal.aborted) return false
      if (lane !== 'world' || !isDropped(err, message, tries)) {
        // what another dispatcher publishes after all is not heard of here
        if (failures.size >= MOST_COUNTED) failures.clear()
        failures.set(key, tries)
        log.warn({ err, type, to: routingKey, tries }, 'message not taken yet, the relay tries again')
        return false
      }
      log.warn({ err, type, to: routingKey, tries }, 'message dropped: nobody takes it')
    }
    failures.delete(key)
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
