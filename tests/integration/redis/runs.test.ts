import type { Redis } from 'ioredis'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { sampleRun } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
import type { RunStore } from '../../../services/dispatcher/src/ports.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { KnownRuns } from '../../../services/dispatcher/src/redis/known-runs.ts'
import { openOutbox } from '../../../services/dispatcher/src/redis/outbox.ts'
import { openRuns } from '../../../services/dispatcher/src/redis/runs.ts'
import { freeDatabase } from '../../support/redis-database.ts'

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
