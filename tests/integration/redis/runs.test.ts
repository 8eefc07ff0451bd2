import { newId } from '@carya/contracts'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { decide } from '../../../services/dispatcher/src/domain/run.ts'
import { sampleRun, START } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
import type { RunRecord } from '../../../services/dispatcher/src/domain/record.ts'
import type { RunStore } from '../../../services/dispatcher/src/ports.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { KnownRuns } from '../../../services/dispatcher/src/redis/known-runs.ts'
import { openOutbox } from '../../../services/dispatcher/src/redis/outbox.ts'
import { openRuns } from '../../../services/dispatcher/src/redis/runs.ts'
import { freeDatabase } from '../../support/redis-database.ts'
import { tripwire } from '../../support/tripwire.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const RETENTION = 3600
let stack: AsyncDisposableStack
let url: string
let redis: Redis
let runs: RunStore

/** A dispatcher's runs, over a connection of its own. */
async function open(at: string): Promise<{ client: Redis; store: RunStore }> {
  const client = openRedis(at, 'test')
  client.on('error', () => {}) // it is cut on purpose
  stack.defer(() => client.disconnect())
  await connect(client, AbortSignal.timeout(5000))
  const outbox = stack.use(
    openOutbox(
      client,
      async () => {},
      () => false,
      silent,
    ),
  )
  return { client, store: openRuns(client, outbox, { seconds: RETENTION }, new KnownRuns()) }
}

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  url = await freeDatabase(inject('redisUrl'))
  const opened = await open(url)
  redis = opened.client
  runs = opened.store
})
afterEach(async () => {
  await redis.flushdb()
  await stack.disposeAsync()
})

describe('a request without a key', () => {
  test('[1] is known by its hash for as long as ended runs are kept: the broker may be away for days', async () => {
    await runs.create(sampleRun(), { kind: 'taken', submitter: 'ann', key: 'hash', version: '' }, 'body', [])
    const left = await redis.ttl('carya:taken:hash')
    expect(left).toBeGreaterThan(RETENTION - 60)
    expect(left).toBeLessThanOrEqual(RETENTION)
  })
})

describe('an answer of Redis that is lost', () => {
  test('[8] a run that another dispatcher has fed meanwhile was made all the same', async () => {
    await using wire = await tripwire(url)
    const cut = await open(wire.url)
    const run = sampleRun()
    const fed = decide(run, { type: 'fed', nonce: '1111111111111111' }, START, 0)
    if ('refused' in fed) throw new Error(fed.refused)
    const sprung = wire.hold({ toClient: /\$4\r\ndone\r\n/ })
    const name = { kind: 'key' as const, submitter: run.submitter, key: 'k1', version: '' }
    const made = cut.store.create(run, name, 'body', [])
    await sprung
    expect(await runs.change(run, fed.run, [])).toBe('done')
    wire.mend()
    expect(await made).toBe('done')
    expect(await redis.zcard('carya:runs')).toBe(1)
    // a key that somebody else has taken is a conflict still
    const other = { ...run, id: newId('r') }
    expect(await cut.store.create(other, name, 'body', [])).toBe('conflict')
  })
})

describe('a key', () => {
  const submission = { kind: 'key' as const, key: 'k1', body: 'body' }
  const keyed = { kind: 'key' as const, submitter: 'ann', key: 'k1' }
  const KEY = 'carya:key:ann:key:k1'
  const endOf = (run: RunRecord): RunRecord => {
    const cancelled = decide(run, { type: 'cancel' }, START, 0)
    if ('refused' in cancelled) throw new Error(cancelled.refused)
    return cancelled.run
  }
  const isKeptFor = async (seconds: number) => {
    const left = await redis.ttl(KEY)
    expect(left).toBeGreaterThan(seconds - 60)
    expect(left).toBeLessThanOrEqual(seconds)
  }

  test('lives for as long as its run does, and for a while after that', async () => {
    const run = sampleRun({ submission })
    await runs.create(run, { ...keyed, version: '' }, 'body', [])
    expect(await redis.ttl(KEY)).toBe(-1)
    await runs.change(run, endOf(run), [])
    await isKeptFor(RETENTION)
    expect(await runs.keyed(keyed)).toMatchObject({ run: run.id, body: 'body' })
  })

  test('that an older version gave an end from its acceptance is kept for a while after the end, too', async () => {
    const run = sampleRun({ submission })
    await runs.create(run, { ...keyed, version: '' }, 'body', [])
    await redis.expire(KEY, 60)
    await runs.change(run, endOf(run), [])
    await isKeptFor(RETENTION)
  })

  test('of a run that is made again lives with it; of one that has ended it has its end', async () => {
    await runs.rebuild(sampleRun({ submission }), [])
    expect(await redis.ttl(KEY)).toBe(-1)
    await redis.flushdb()
    await runs.rebuild(endOf(sampleRun({ submission })), [])
    await isKeptFor(RETENTION)
  })

  test('that names a newer run stays that run’s when an older one is made again and ends', async () => {
    const [older, newer] = [sampleRun({ submission }), sampleRun({ submission, id: newId('r') })]
    await runs.create(newer, { ...keyed, version: '' }, 'body', [])
    await runs.rebuild(older, [])
    const made = await runs.read(older.id)
    await runs.change(made!, endOf(made!), [])
    expect(await runs.keyed(keyed)).toMatchObject({ run: newer.id })
    expect(await redis.ttl(KEY)).toBe(-1)
  })

  test('whose run is gone is given to one other', async () => {
    const [gone, one, two] = ['', '', ''].map(() => sampleRun({ submission, id: newId('r') }))
    await runs.create(gone!, { ...keyed, version: '' }, 'body', [])
    await redis.expire(KEY, 60)
    const { version } = (await runs.keyed(keyed))!
    expect(await runs.create(one!, { ...keyed, version }, 'body', [])).toBe('done')
    expect(await runs.create(two!, { ...keyed, version }, 'body', [])).toBe('conflict')
    expect(await runs.keyed(keyed)).toMatchObject({ run: one!.id })
    expect(await redis.ttl(KEY)).toBe(-1)
  })
})
