/** Runs that no worker can hold stand in front, in a real Redis: what is behind them, and beside, goes out. */
import { newId } from '@carya/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EnsembleRecord } from '../../../services/dispatcher/src/domain/ensemble-record.ts'
import type { RunRecord } from '../../../services/dispatcher/src/domain/record.ts'
import { sampleRun } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
import { claimed, few, finished, member, openPond, POOL, type Pond } from './pond.ts'

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

describe('members that grew too large for every worker', () => {
  /** The first so many of an ensemble are to be tried again, these with more memory. */
  async function fail(ensemble: EnsembleRecord, count: number, isGrown: (index: number) => boolean) {
    for (let index = 0; index < count; index += 1) {
      const run = await pond.happen(member(ensemble, index), claimed, finished('model_error'))
      const { notBefore, ...due } = run
      expect(notBefore).toBeDefined()
      const memory = isGrown(index) ? { memory: 2 ** 51 } : {}
      await pond.runs.change(run, { ...due, version: run.version + 1, ...memory }, [])
    }
  }
  const out = async () =>
    (await pond.queued()).map((id) => Number(id.split('-')[1])).toSorted((a, b) => a - b)

  test('do not take up the bound of their ensemble on members at once', async () => {
    const ensemble = await pond.arrive({}, few(8, { maxParallel: 3, retries: 1 }))
    await pond.feed()
    await fail(ensemble, 3, () => true)
    await pond.feed()
    expect(await out()).toEqual([3, 4, 5])
    await pond.end(member(ensemble, 3))
    await pond.feed()
    expect(await out()).toEqual([4, 5, 6])
  })

  test('do not hide those behind them that are tried again as they were', async () => {
    const ensemble = await pond.arrive({}, few(70, { retries: 1 }))
    await pond.feed()
    // the last by its name, behind more than one reading sees
    await fail(ensemble, 70, (index) => index !== 9)
    await pond.feed()
    expect(await out()).toEqual([9])
  })

  test('do not hide another ensemble behind a hundred that have nothing else', async () => {
    const others: EnsembleRecord[] = []
    for (let i = 0; i < 100; i += 1) others.push(await pond.arrive({}, few(1, { retries: 1 })))
    await pond.feed()
    for (const other of others) await fail(other, 1, () => true)
    const ensemble = await pond.arrive({}, few(2))
    await pond.feed()
    expect((await pond.queued()).toSorted()).toEqual([0, 1].map((index) => member(ensemble, index)))
  })
})
