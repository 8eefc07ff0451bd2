/**
 * Live news: a capped stream of state changes and progress, written with the commits that cause them, and
 * channels of log lines. One blocking reader serves all who follow; each may resume behind the last id it saw.
 */
import type { Redis } from 'ioredis'
import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '@carya/amqp'
import type { FeedItem } from '@carya/contracts'
import type { Feed } from '../ports.ts'
import { channels, keys } from './keys.ts'
import { stored } from './stored.ts'
import { Mailbox } from './mailbox.ts'
import { FEED_LENGTH } from './runs.ts'

type Entry = { id: string; item: FeedItem }
type LogItem = Extract<FeedItem, { kind: 'log' }>

/** A reader that is this far behind is ended: it can resume from the stream. */
const BEHIND = 5000
const LOGS_BEHIND = 100
const PAGE = 500
const AGAIN_MS = 250

/** `reader` and `subscriber` are connections of their own: both block. `run` ends at its signal. */
export function openFeed(
  redis: Redis,
  reader: Redis,
  subscriber: Redis,
  log: Log,
): Feed & { run(signal: AbortSignal): Promise<void> } {
  const news = new Set<Mailbox<Entry>>()
  const logs = new Map<string, Set<Mailbox<LogItem>>>()
  subscriber.on('message', (channel: string, text: string) => {
    for (const mailbox of logs.get(channel) ?? []) mailbox.push(stored<LogItem>(text))
  })

  async function* replay(after: string, until: string): AsyncGenerator<Entry> {
    let from = `(${after}`
    for (;;) {
      const page = await redis.xrange(keys.feed, from, until, 'COUNT', PAGE)
      for (const [id, fields] of page) yield parse(id, fields)
      const last = page.at(-1)
      if (!last || page.length < PAGE) return
      from = `(${last[0]}`
    }
  }

  async function lastId(): Promise<string> {
    const [newest] = await redis.xrevrange(keys.feed, '+', '-', 'COUNT', 1)
    return newest?.[0] ?? '0-0'
  }

  async function read(signal: AbortSignal): Promise<void> {
    // from a known id on: `$` would forget, between two readings, what nobody was waiting for yet
    let last: string | undefined
    while (!signal.aborted) {
      try {
        last ??= await lastId()
        const answer = await reader.xread('COUNT', PAGE, 'BLOCK', 30_000, 'STREAMS', keys.feed, last)
        for (const [, entries] of answer ?? [])
          for (const [id, fields] of entries) {
            last = id
            for (const mailbox of news) mailbox.push(parse(id, fields))
          }
      } catch (err) {
        if (signal.aborted) return
        log.debug({ err }, 'the feed waits for Redis')
        await pause(AGAIN_MS, undefined, { signal }).catch(() => undefined)
      }
    }
  }

  return {
    async add(items) {
      await Promise.all(
        items.map((item) =>
          redis.xadd(keys.feed, 'MAXLEN', '~', FEED_LENGTH, '*', 'item', JSON.stringify(item)),
        ),
      )
    },

    async *follow(after, signal) {
      // listening begins before the replay, so that nothing falls between them
      const mailbox = new Mailbox<Entry>(BEHIND)
      news.add(mailbox)
      let seen = after ?? '0-0'
      try {
        if (after !== undefined)
          for await (const entry of replay(after, '+')) {
            seen = entry.id
            yield entry
          }
        for await (const entry of mailbox.read(signal)) if (compareIds(entry.id, seen) > 0) yield entry
      } finally {
        news.delete(mailbox)
      }
    },

    last: lastId,

    async publishLog(run, chunk) {
      await redis.publish(channels.log(run), JSON.stringify(chunk))
    },

    async *followLog(run, signal) {
      const channel = channels.log(run)
      const mailbox = new Mailbox<LogItem>(LOGS_BEHIND)
      const readers = logs.get(channel) ?? new Set()
      logs.set(channel, readers.add(mailbox))
      try {
        if (readers.size === 1) await subscriber.subscribe(channel)
        yield* mailbox.read(signal)
      } finally {
        readers.delete(mailbox)
        if (readers.size === 0) {
          logs.delete(channel)
          await subscriber.unsubscribe(channel).catch(() => undefined)
        }
      }
    },

    async run(signal) {
      const ended = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => ended.resolve(), { once: true })
      // what was under way on a connection that was lost, and then closed for good, never settles
      await Promise.race([read(signal), ended.promise])
    },
  }
}

function parse(id: string, fields: string[]): Entry {
  return { id, item: stored<FeedItem>(fields[1]!) }
}

/** Stream ids are two numbers: milliseconds and a count. */
export function compareIds(a: string, b: string): number {
  const [aTime, aCount] = a.split('-').map(Number)
  const [bTime, bCount] = b.split('-').map(Number)
  return aTime! - bTime! || (aCount ?? 0) - (bCount ?? 0)
}
