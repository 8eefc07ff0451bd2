import type { Redis } from 'ioredis'
import { newId } from '@carya/contracts'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { RunRecord } from '../../../services/dispatcher/src/domain/record.ts'
import { decide, type RunEvent } from '../../../services/dispatcher/src/domain/run.ts'
import { sampleRun, START } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
import { feedPools } from '../../../services/dispatcher/src/handlers/feed-pool.ts'
import type { PoolStore, RunStore, WorkerStore } from '../../../services/dispatcher/src/ports.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { KnownRuns } from '../../../services/dispatcher/src/redis/known-runs.ts'
import { openOutbox } from '../../../services/dispatcher/src/redis/outbox.ts'
import { openPools } from '../../../services/dispatcher/src/redis/pools.ts'
import { openRuns } from '../../../services/dispatcher/src/redis/runs.ts'
import { freeDatabase } from '../../support/redis-database.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const POOL = 'pond'
let stack: AsyncDisposableStack
let redis: Redis
let runs: RunStore
let pools: PoolStore

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  redis = openRedis(await freeDatabase(inject('redisUrl')), 'test')
  stack.defer(async () => {
    await redis.flushdb()
    redis.disconnect()
  })
  await connect(redis, AbortSignal.timeout(5000))
  const outbox = stack.use(
    openOutbox(
      redis,
      async () => {},
      () => false,
      silent,
    ),
  )
  const known = new KnownRuns()
  runs = openRuns(redis, outbox, { seconds: 3600 }, known)
  pools = openPools(redis, outbox, { seconds: 3600 }, known)
})
afterEach(() => stack.disposeAsync())

async function arrive(more: Partial<RunRecord> = {}): Promise<RunRecord> {
  const run = sampleRun({ id: newId('r'), pool: POOL, ...more })
  await runs.create(run, undefined, '', [])
  return run
}
async function change(run: RunRecord, event: RunEvent): Promise<RunRecord> {
  const decision = decide(run, event, START, 0)
  if ('refused' in decision) throw new Error(decision.refused)
  expect(await runs.change(run, decision.run, [])).toBe('done')
  return decision.run
}
const FED = { type: 'fed', nonce: '1111111111111111' } as const

describe('a pool is dropped', () => {
  const drop = async () => pools.drop(await pools.depth(POOL))

  test('when nothing is in it, with all that was kept of it; and is there again with the next run', async () => {
    await change(await arrive(), { type: 'cancel' })
    await change(await arrive({ submitter: 'bob', priority: 3 }), { type: 'cancel' })
    await drop()
    expect(await pools.pools()).toEqual([])
    const left = await redis.keys(`carya:pool:${POOL}*`)
    const lives = await Promise.all(left.map((key) => redis.ttl(key)))
    expect(lives.every((seconds) => seconds > 0)).toBe(true)
    await arrive()
    expect(await pools.pools()).toEqual([POOL])
    expect(await redis.ttl(`carya:pool:${POOL}:arrivals`)).toBe(-1)
    expect((await pools.backlog(await pools.depth(POOL))).heads.size).toBe(1)
  })

  test('not while a run waits, is queued or runs in it', async () => {
    const waiting = await arrive()
    await drop()
    expect(await pools.pools()).toEqual([POOL])
    const queued = await change(waiting, FED)
    await drop()
    expect(await pools.pools()).toEqual([POOL])
    const token = { run: queued.id, attempt: 1, nonce: FED.nonce }
    await change(queued, { type: 'claimed', token, worker: 'w1', at: START })
    await drop()
    expect(await pools.pools()).toEqual([POOL])
  })

  test('not where a run came in while it was looked at: submitted, fed, or made again', async () => {
    await change(await arrive(), { type: 'cancel' })
    const before = await pools.depth(POOL)
    const submitted = await arrive()
    await pools.drop(before)
    expect(await pools.pools()).toEqual([POOL])

    // its line is seen after it was fed from there, the set of queued runs was seen before
    const waited = await pools.depth(POOL)
    const backlog = await pools.backlog(waited)
    const decision = decide(submitted, FED, START, 0)
    if ('refused' in decision) throw new Error(decision.refused)
    const picked = { picks: [], passed: [], turns: [], virtual: 1, shares: [], end: 'seen' as const }
    await pools.feed(backlog, picked, [{ before: submitted, after: decision.run, out: [] }], [])
    await pools.drop(waited)
    expect(await pools.pools()).toEqual([POOL])

    await redis.flushdb()
    const nothing = await pools.depth(POOL)
    await runs.rebuild({ ...decision.run, state: 'running' }, [])
    await pools.drop(nothing)
    expect(await pools.pools()).toEqual([POOL])
  })
})

/** Feeds the pool as a dispatcher does that has one large worker there. */
async function feed(): Promise<void> {
  const size = { cpus: 1000, memory: 2 ** 40 }
  const at = Date.now()
  const session = {
    version: '0',
    lastBeatAt: START,
    attempts: 0,
    lastBeat: at,
    session: 'one',
    wish: undefined,
  }
  const worker = { name: 'w1', pool: POOL, state: 'live' as const, size, room: size, ...session }
  const workers: Pick<WorkerStore, 'all'> = { all: async () => [worker] }
  const clock = { now: () => at, iso: () => START }
  const gate = { isOpen: () => true, isRecovering: () => false }
  const feeder = feedPools({
    pools,
    make: async () => new Map(),
    workers,
    clock,
    installation: 'test',
    log: silent,
    gate,
    memberEnded: () => undefined,
  })
  feeder.poke(POOL)
  await feeder.idle()
}

describe('records of a MiB', () => {
  const params = { text: 'x'.repeat(2 ** 20) }

  test('are read a few at a time, and fed in several commits', async () => {
    for (let i = 0; i < 12; i += 1) await arrive({ params })
    const { heads, isCut } = await pools.backlog(await pools.depth(POOL))
    expect([heads.size, isCut]).toEqual([8, true])
    await feed()
    const { queued, version } = await pools.depth(POOL)
    expect([queued.length, Number(version)]).toEqual([12, 3])
  })

  test('of which few are read leave small ones to be read as before', async () => {
    for (let i = 0; i < 20; i += 1) await arrive()
    const { heads, isCut } = await pools.backlog(await pools.depth(POOL))
    expect([heads.size, isCut]).toEqual([20, false])
  })
})

test('a run is fed in one go although the shares of many who have nothing stand before its own', async () => {
  for (let i = 0; i < 80; i += 1) await change(await arrive({ submitter: `idle${i}` }), { type: 'cancel' })
  const { id } = await arrive({ submitter: 'zoe' })
  await feed()
  expect((await runs.read(id))?.state).toBe('queued')
})
