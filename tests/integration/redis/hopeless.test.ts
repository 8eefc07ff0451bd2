/** Runs that no worker can hold stand in front, in a real Redis: what is behind them, and beside, goes out. */
import { newId } from '@carya/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { RunRecord } from '../../../services/dispatcher/src/domain/record.ts'
import { sampleRun } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
import { few, openPond, POOL, type Pond } from './pond.ts'

const HUGE = { cpus: 1_000_000, memory: 2 ** 20 }
let pond: Pond
beforeEach(async () => {
  pond = await openPond()
})
afterEach(() => pond[Symbol.asyncDispose]())

async function submit(more: Partial<RunRecord>): Promise<string> {
  const run = sampleRun({ id: newId('r'), pool: POOL, resources: { cpus: 1, memory: 2 ** 20 }, ...more })
  await pond.runs.create(run, undefined, '', [])
  return run.id
}

test('a run behind hundreds of its own submitter goes out, and they keep their place', async () => {
  for (let i = 0; i < 300; i += 1) await submit({ resources: HUGE })
  const small = await submit({})
  await pond.feed(4)
  expect(await pond.queued()).toEqual([small])
  const waiting = await pond.pools.backlog(await pond.pools.depth(POOL))
  expect(waiting.heads.size).toBe(64)
  // a worker that can hold them
  await pond.feed(3 * HUGE.cpus + 1)
  expect((await pond.queued()).length).toBe(1 + 3)
})

test('a submitter behind a hundred others goes out, and nobody is tidied away', async () => {
  for (let i = 0; i < 100; i += 1) await submit({ submitter: `a${i}`, resources: HUGE })
  const small = await submit({ submitter: 'zoe' })
  await pond.feed(4)
  expect(await pond.queued()).toEqual([small])
  await pond.feed(4)
  expect(await pond.redis.zcard(`carya:pool:${POOL}:shares`)).toBeGreaterThanOrEqual(100)
  await pond.feed(101 * HUGE.cpus)
  expect((await pond.queued()).length).toBe(101)
})

test('an ensemble behind a hundred of the same submitter goes out', async () => {
  for (let i = 0; i < 100; i += 1) await pond.arrive({ cost: HUGE }, few(5))
  const { id } = await pond.arrive({}, few(3))
  await pond.feed(4)
  expect((await pond.queued()).toSorted()).toEqual([0, 1, 2].map((index) => `${id}-${index}`))
})
