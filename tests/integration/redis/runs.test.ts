import { newId } from '@carya/contracts'
import type { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { decide } from '../../../services/dispatcher/src/domain/run.ts'
import { sampleRun, START } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
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
      Date.now,
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
    await runs.create(sampleRun(), { kind: 'taken', submitter: 'ann', key: 'hash' }, 'body', [])
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
    const name = { kind: 'key' as const, submitter: run.submitter, key: 'k1' }
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
