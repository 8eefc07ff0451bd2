/**
 * The outbox: messages that a commit caused, published after it. The committer publishes its own entries at once;
 * the relay takes over what stays behind (a crash between commit and confirm, a broker that was away). Both may
 * publish an entry, so every message can come twice. The streams are never trimmed: an entry leaves by being
 * deleted after its confirm.
 *
 * A message that comes back, or that the broker refuses, is logged and dropped if it is a reply or an event
 * (they hold up nobody, H15); a job stays and is tried again, for its queue will be there.
 */
import type { Redis } from 'ioredis'
import type { Log } from '@carya/amqp'
import type { Lane, OutMessage } from '../domain/messages.ts'
import type { OutEntry } from './commit.ts'
import { keys } from './keys.ts'

export type Send = (message: OutMessage, seq: number, signal: AbortSignal) => Promise<void>
export type Outbox = {
  /** Publishes entries of a commit just made; returns at once. */
  send(entries: readonly OutEntry[]): void
  /** One round of the relay over what is older than `ageMs`; how many it published. */
  relay(ageMs: number): Promise<number>
  [Symbol.asyncDispose](): Promise<void>
}

const LANES: readonly Lane[] = ['jobs', 'world', 'records']
const BATCH = 500
const DELETE_AFTER_MS = 250

export function openOutbox(
  redis: Redis,
  send: Send,
  isUndeliverable: (err: unknown) => boolean,
  log: Log,
  now: () => number,
): Outbox {
  const stop = new AbortController()
  const inHand = new Map<string, Promise<void>>()
  const gone: OutEntry[] = []
  let deleting: NodeJS.Timeout | undefined

  /** Whether the entry is done with: published, or dropped. */
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

  // deletions are batched: each costs an fsync, and one may be late, since publishing twice is harmless
  async function forget(): Promise<void> {
    deleting = undefined
    const batch = gone.splice(0)
    await Promise.all(
      LANES.map(async (lane) => {
        const ids = batch.filter((each) => each.message.lane === lane).map((each) => each.id)
        if (ids.length === 0) return
        try {
          await redis.xdel(keys.outbox(lane), ...ids)
        } catch (err) {
          log.warn({ err }, 'outbox entries stay: Redis is away')
        }
        for (const id of ids) inHand.delete(`${lane} ${id}`)
      }),
    )
  }

  // an entry is in hand until it is deleted, so that the relay does not take it in between
  function start(entry: OutEntry): Promise<void> {
    const key = `${entry.message.lane} ${entry.id}`
    const known = inHand.get(key)
    if (known) return known
    const work = settle(key, entry)
    inHand.set(key, work)
    return work
  }

  async function settle(key: string, entry: OutEntry): Promise<void> {
    if (await publish(entry)) {
      gone.push(entry)
      deleting ??= setTimeout(() => void forget(), DELETE_AFTER_MS)
    } else inHand.delete(key)
  }

  return {
    send(entries) {
      for (const entry of entries) void start(entry)
    },
    async relay(ageMs) {
      let count = 0
      const until = Math.max(0, Math.floor(now() - ageMs))
      for (const lane of LANES) {
        const entries = await redis.xrange(keys.outbox(lane), '-', `${until}`, 'COUNT', BATCH)
        await Promise.all(entries.map(([id, fields]) => start(parseEntry(id, fields))))
        count += entries.length
      }
      return count
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.allSettled(inHand.values())
      clearTimeout(deleting)
      await forget()
    },
  }
}

function parseEntry(id: string, fields: string[]): OutEntry {
  const field = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
  return { id, seq: Number(field('seq')), message: JSON.parse(field('message')) }
}
