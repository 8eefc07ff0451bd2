import type { Redis } from 'ioredis'
import type { FeedItem } from '@carya/contracts'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { openFeed } from '../../../services/dispatcher/src/redis/feed.ts'
import { Mailbox } from '../../../services/dispatcher/src/redis/mailbox.ts'
import { freeDatabase } from '../../support/redis-database.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const run = 'r01k00000000000000000000000'
const progress = (value: number): FeedItem => ({ kind: 'progress', run, attempt: 1, progress: value })
let connections: Redis[] = []
let stop: AbortController
let feed: ReturnType<typeof openFeed>
let following: Promise<void>

beforeEach(async () => {
  const url = await freeDatabase(inject('redisUrl'))
  stop = new AbortController()
  connections = ['a', 'b', 'c'].map((name) => openRedis(url, name))
  await Promise.all(connections.map((each) => connect(each, stop.signal)))
  const [redis, reader, subscriber] = connections
  feed = openFeed(redis!, reader!, subscriber!, silent)
  following = feed.run(stop.signal)
})
afterEach(async () => {
  await connections[0]?.flushdb()
  stop.abort()
  for (const each of connections) each.disconnect()
  await following
})

async function take(count: number, after: string | undefined): Promise<{ id: string; value: number }[]> {
  const taken: { id: string; value: number }[] = []
  const enough = new AbortController()
  for await (const { id, item } of feed.follow(after, enough.signal)) {
    if (item.kind === 'progress') taken.push({ id, value: item.progress })
    if (taken.length === count) enough.abort()
  }
  return taken
}

test('who resumes behind an id gets all that came since, once each, and then what comes', async () => {
  await feed.add([0.1, 0.2, 0.3].map(progress))
  const seen = await take(3, '0-0')
  expect(seen.map((each) => each.value)).toEqual([0.1, 0.2, 0.3])
  const resumed = take(3, seen[0]?.id)
  await feed.add([progress(0.4)])
  expect((await resumed).map((each) => each.value)).toEqual([0.2, 0.3, 0.4])
  expect(await feed.last()).not.toBe('0-0')
})

test('log lines reach those who follow this run, and no others', async () => {
  const done = new AbortController()
  const heard: string[] = []
  const listening = (async () => {
    for await (const item of feed.followLog(run, done.signal)) {
      heard.push(item.text)
      done.abort()
    }
  })()
  const chunk = (text: string) => ({ kind: 'log' as const, run, attempt: 1, from: 0, text })
  await expect
    .poll(async () => {
      await feed.publishLog('r01k00000000000000000000001', chunk('theirs'))
      await feed.publishLog(run, chunk('ours'))
      return heard.length
    })
    .toBeGreaterThan(0)
  await listening
  expect(new Set(heard)).toEqual(new Set(['ours']))
})

test('a reader that is too far behind is ended after what it held', async () => {
  const mailbox = new Mailbox<number>(3)
  for (let i = 0; i < 10; i += 1) mailbox.push(i)
  const read: number[] = []
  for await (const item of mailbox.read(new AbortController().signal)) read.push(item)
  expect(read).toEqual([0, 1, 2])
})
