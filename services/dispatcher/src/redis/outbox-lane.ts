/**
 * One lane of the outbox (outbox.ts): what of it is in hand, and the rounds of its relay.
 *
 * What waits for a broker, or a store, that is away is in hand up to a bound; the rest stays where it is safe anyway, in
 * the stream, and is taken by a later round. A round goes through all that stood there at the round before, past what
 * is in hand and what was refused just now: that hides nothing behind it.
 */
import type { Redis } from 'ioredis'
import type { Log } from '@carya/amqp'
import type { Lane } from '../domain/messages.ts'
import type { OutEntry } from './commit.ts'
import { keys } from './keys.ts'

/** In hand at most, in bytes of text, each entry counted with what it costs beside that. */
const MOST_BYTES = 32 * 2 ** 20
const OVERHEAD_BYTES = 1024
/** Read at once: an entry may be a MiB. */
const PAGE = 50
const DELETE_AFTER_MS = 250

export type OutboxLane = {
  /** Has it published, unless that is under way already or too much is; returns at once. */
  take(entry: OutEntry): void
  /** One round, if the last one has ended. */
  relay(): Promise<void>
  /** Waits for what is in hand; to be called when `signal` is aborted. */
  end(): Promise<void>
}

export type LaneParts = {
  redis: Redis
  /** whether the entry is done with: published, or dropped */
  publish: (entry: OutEntry) => Promise<boolean>
  log: Log
  signal: AbortSignal
}

export function openLane(lane: Lane, { redis, publish, log, signal }: LaneParts): OutboxLane {
  const key = keys.outbox(lane)
  const inHand = new Map<string, { bytes: number; settled: Promise<void> }>()
  let bytesInHand = 0
  let gone: string[] = []
  let deleting: NodeJS.Timeout | undefined
  /** the newest entry at the last round: judged by order, since the clock by which ids are made may be set */
  let seen = '+'
  let isRelaying = false

  const isFull = () => bytesInHand >= MOST_BYTES

  // an entry is in hand until it is deleted, so that the relay does not take it in between
  function take(entry: OutEntry): void {
    if (signal.aborted || isFull() || inHand.has(entry.id)) return
    const bytes = entry.bytes + OVERHEAD_BYTES
    bytesInHand += bytes
    inHand.set(entry.id, { bytes, settled: settle(entry) })
  }

  async function settle(entry: OutEntry): Promise<void> {
    if (await publish(entry)) {
      gone.push(entry.id)
      deleting ??= setTimeout(() => void forget(), DELETE_AFTER_MS)
    } else letGo(entry.id)
  }

  function letGo(id: string): void {
    bytesInHand -= inHand.get(id)?.bytes ?? 0
    inHand.delete(id)
  }

  // deletions are batched: each costs an fsync, and one may be late, since publishing twice is harmless
  async function forget(): Promise<void> {
    deleting = undefined
    const ids = gone
    gone = []
    if (ids.length === 0) return
    try {
      await redis.xdel(key, ...ids)
    } catch (err) {
      log.warn({ err }, 'outbox entries stay: Redis is away')
    }
    for (const id of ids) letGo(id)
  }

  async function round(): Promise<void> {
    const [newest] = await redis.xrevrange(key, '+', '-', 'COUNT', 1)
    const until = seen
    seen = newest?.[0] ?? '0-0'
    let from = '-'
    while (!isFull() && !signal.aborted) {
      const page = await redis.xrange(key, from, until, 'COUNT', PAGE)
      for (const [id, fields] of page) if (!inHand.has(id)) take(parseEntry(id, fields))
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      from = `(${last[0]}`
    }
  }

  return {
    take,
    async relay() {
      if (isRelaying || isFull()) return
      isRelaying = true
      await round().finally(() => (isRelaying = false))
    },
    async end() {
      await Promise.all([...inHand.values()].map((each) => each.settled))
      clearTimeout(deleting)
      await forget()
    },
  }
}

function parseEntry(id: string, fields: string[]): OutEntry {
  const field = (name: string) => fields[fields.indexOf(name) + 1] ?? ''
  const text = field('message')
  return { id, seq: Number(field('seq')), message: JSON.parse(text), bytes: text.length }
}
