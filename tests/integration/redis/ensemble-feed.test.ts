/** The feed of ensembles from a real Redis: what comes into being, in which line it stands, and what is in the way. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cancelEnsemble } from '../../../services/dispatcher/src/domain/ensemble.ts'
import { decide } from '../../../services/dispatcher/src/domain/run.ts'
import { sampleRun, START } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
import { LATER, POOL, claimed, few, finished, member, openPond, type Pond } from './pond.ts'

let pond: Pond
beforeEach(async () => {
  pond = await openPond()
})
afterEach(() => pond[Symbol.asyncDispose]())

describe('the feed', () => {
  test('expands an ensemble as far as there is room, and goes on from there', async () => {
    const ensemble = await pond.arrive({}, few(1_000_000))
    await pond.feed(300)
    expect((await pond.now(ensemble.id)).cursor).toBe(303 + 3)
    expect(new Set(await pond.queued()).size).toBe(306)
    expect(await pond.redis.scard(`carya:ensemble:${ensemble.id}:live`)).toBe(306)
  })

  test('passes over a member that has a record already: Redis was put back, and its host held it', async () => {
    const ensemble = await pond.arrive({}, few(6))
    const host = { id: member(ensemble, 2), ensemble: ensemble.id, index: 2, round: 0 }
    const attempts = [{ attempt: 1, nonce: '1'.repeat(16), worker: 'w1', queuedAt: START, claimedAt: START }]
    const held = sampleRun({ ...host, state: 'running', attempts, lastAttempt: 1, version: 3 })
    expect(await pond.runs.rebuild(held, [])).toBe('done')
    await pond.feed()
    expect((await pond.now(ensemble.id)).cursor).toBe(6)
    expect((await pond.queued()).toSorted()).toEqual([0, 1, 3, 4, 5].map((index) => member(ensemble, index)))
    expect(await pond.runs.read(host.id)).toMatchObject({ state: 'running', version: 3 })
    await pond.happen(host.id, finished())
    expect(await pond.ensembles.facts(ensemble.id)).toMatchObject({ live: 5, succeeded: 1 })
  })

  test('takes the line of a fed ensemble out, and a member that is tried again brings it back', async () => {
    const ensemble = await pond.arrive({}, few(3, { retries: 1 }))
    const { id } = ensemble
    const lines = () => pond.redis.zrange(`carya:pool:${POOL}:lines:ann`, 0, '-1')
    expect(await lines()).toEqual([id])
    await pond.feed()
    await pond.feed()
    expect(await lines()).toEqual([])
    const again = await pond.happen(member(ensemble, 1), claimed, finished('model_error'))
    expect(again).toMatchObject({ state: 'pending', notBefore: expect.anything() })
    const due = decide(again, { type: 'due' }, '2027-01-01T00:00:00.000Z', 0)
    if ('refused' in due) throw new Error(due.refused)
    await pond.runs.change(again, due.run, [])
    expect(await lines()).toEqual([id])
    await pond.feed()
    expect(await pond.runs.read(again.id)).toMatchObject({ state: 'queued', lastAttempt: 2 })
    await pond.feed()
    expect(await lines()).toEqual([])
  })

  test('a paused or cancelled ensemble has no line, a resumed one has', async () => {
    const { id } = await pond.arrive({}, few(9000))
    const lines = () => pond.redis.zcard(`carya:pool:${POOL}:lines:ann`)
    const before = await pond.now(id)
    await pond.change(id, { ensemble: { ...before, state: 'paused', version: 2 } })
    expect(await lines()).toBe(0)
    await pond.feed()
    expect(await pond.queued()).toEqual([])
    await pond.change(id, { ensemble: { ...before, version: 3 } })
    expect(await lines()).toBe(1)
    await pond.change(id, cancelEnsemble(await pond.now(id), await pond.ensembles.facts(id), LATER))
    expect(await lines()).toBe(0)
  })

  test('of many ensembles at their bound hides none that may go on', async () => {
    for (let i = 0; i < 70; i += 1) await pond.arrive({ maxParallel: 1 }, few(50))
    await pond.feed()
    expect((await pond.queued()).length).toBe(70)
    const free = await pond.arrive({}, few(300))
    await pond.feed()
    expect((await pond.now(free.id)).cursor).toBe(300)
    // and one of the bounded goes on as soon as its member has ended
    const [first] = await pond.queued()
    await pond.end(first!)
    await pond.feed()
    expect((await pond.queued()).length).toBe(370)
  })

  test('ends members whose table is gone, all of them at once although no worker tells of room', async () => {
    const ensemble = await pond.arrive(
      { state: 'running', members: 100 },
      few(0, { design: { kind: 'table', url: 'https://data.example/rows.csv' } }),
    )
    const ended = await pond.feed(4)
    expect(ended.length).toBe(100)
    expect(await pond.ensembles.facts(ensemble.id)).toMatchObject({
      live: 0,
      failures: [{ kind: 'input_unavailable', count: 100 }],
    })
    expect(await pond.ensembles.rowCount(ensemble.id)).toBe(100)
    expect(await pond.queued()).toEqual([])
  })
})
