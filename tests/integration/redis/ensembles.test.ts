/** Ensembles in a real Redis: what stands of them there, what changes it, and what of it is left. */
import { newId } from '@carya/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rerun, settle } from '../../../services/dispatcher/src/domain/ensemble.ts'
import { sampleEnsemble } from '../../../services/dispatcher/src/domain/sample-ensemble.fixture.ts'
import type { EnsembleRecord } from '../../../services/dispatcher/src/domain/ensemble-record.ts'
import { decide } from '../../../services/dispatcher/src/domain/run.ts'
import { LATER, POOL, RETENTION, claimed, few, finished, member, openPond, type Pond } from './pond.ts'

let pond: Pond
beforeEach(async () => {
  pond = await openPond()
})
afterEach(() => pond[Symbol.asyncDispose]())

describe('a record', () => {
  test('is made once by its key, and changed by who has read the latest', async () => {
    const name = { kind: 'key' as const, submitter: 'ann', key: 'k1', version: '' }
    const one = sampleEnsemble({ id: newId('e') })
    const two = sampleEnsemble({ id: newId('e') })
    expect(await pond.ensembles.create(one, name, 'body', [])).toBe('done')
    expect(await pond.ensembles.create(two, name, 'body', [])).toBe('conflict')
    expect(await pond.ensembles.read(two.record.id)).toBeUndefined()
    expect(await pond.runs.keyed(name)).toMatchObject({ run: one.record.id, body: 'body' })
    const after = { ...one.record, priority: 3, version: 2 }
    expect(await pond.ensembles.change(one.record, after, [])).toBe('done')
    expect(await pond.ensembles.change(one.record, { ...one.record, priority: 1, version: 2 }, [])).toBe(
      'conflict',
    )
    expect((await pond.now(one.record.id)).priority).toBe(3)
  })

  test('its key has an end when it has ended, and none when its failed members run again', async () => {
    const submission = { kind: 'key' as const, key: 'k1', body: 'body' }
    const made = sampleEnsemble({ id: newId('e'), submission }, few(2))
    await pond.ensembles.create(made, { kind: 'key', submitter: 'ann', key: 'k1', version: '' }, 'body', [])
    const { id } = made.record
    const ttl = () => pond.redis.ttl('carya:key:ann:key:k1')
    expect(await ttl()).toBe(-1)
    await pond.feed()
    await pond.end(member(made.record, 0))
    await pond.end(member(made.record, 1), 'model_error')
    const policy = { policy: 'continue' } as const
    await pond.change(id, settle(await pond.now(id), await pond.ensembles.facts(id), policy, LATER))
    expect(await ttl()).toBeGreaterThan(RETENTION - 60)
    await pond.change(id, rerun(await pond.now(id), await pond.ensembles.facts(id)), { again: true })
    expect(await ttl()).toBe(-1)
  })

  test('and what was pinned cost the same for a million members as for ten', async () => {
    const sizeOf = async ({ id }: EnsembleRecord) => {
      const all = await pond.redis.keys(`carya:ensemble:${id}*`)
      const sizes = await Promise.all(all.map((key) => pond.redis.memory('USAGE', key)))
      return sizes.reduce<number>((sum, size) => sum + Number(size), 0)
    }
    const small = await sizeOf(await pond.arrive({}, few(10)))
    expect((await sizeOf(await pond.arrive({}, few(1_000_000)))) - small).toBeLessThan(200)
  })

  test('are listed newest first, a page at a time, by state, model, submitter and labels', async () => {
    const made: string[] = []
    for (let i = 0; i < 5; i += 1)
      made.push(
        (await pond.arrive({ submitter: i % 2 ? 'bob' : 'ann' }, few(2, { labels: { n: `${i % 2}` } }))).id,
      )
    const all = made.toReversed()
    const idsOf = async (query: object) => {
      const { items, next } = await pond.ensembles.list({ labels: {}, limit: 3, ...query })
      return [items.map((each) => each.id), next]
    }
    expect(await idsOf({})).toEqual([all.slice(0, 3), all[2]])
    expect(await idsOf({ after: all[2] })).toEqual([all.slice(3), undefined])
    expect(await idsOf({ submitter: 'bob' })).toEqual([[made[3], made[1]], undefined])
    expect(await idsOf({ labels: { n: '0' }, state: 'running', model: 'dalec' })).toEqual([
      [made[4], made[2], made[0]],
      made[0],
    ])
    expect(await idsOf({ state: 'paused' })).toEqual([[], undefined])
  })
})

describe('members that end', () => {
  test('are counted by their bits, and a double changes nothing', async () => {
    const ensemble = await pond.arrive({}, few(9))
    const { id } = ensemble
    await pond.feed()
    const before = await pond.happen(member(ensemble, 0), claimed)
    await pond.end(member(ensemble, 1), 'model_error')
    await pond.end(member(ensemble, 2), 'model_error')
    await pond.end(member(ensemble, 3), 'timeout')
    await pond.happen(member(ensemble, 4), () => ({ type: 'cancel' }))
    const done = decide(before, finished()(before), LATER, 0)
    if ('refused' in done) throw new Error(done.refused)
    expect(await pond.runs.change(before, done.run, [])).toBe('done')
    expect(await pond.runs.change(before, done.run, [])).toBe('conflict')
    expect(await pond.ensembles.facts(id)).toEqual({
      live: 4,
      succeeded: 1,
      cancelled: 1,
      failures: [
        { kind: 'model_error', count: 2, example: member(ensemble, 1) },
        { kind: 'timeout', count: 1, example: member(ensemble, 3) },
      ],
      hasAgain: false,
    })
    // of one that has ended nothing is left but that it has
    expect(await pond.redis.exists(`carya:run:${member(ensemble, 0)}`)).toBe(0)
    expect(await pond.runs.read(member(ensemble, 0))).toMatchObject({ endedAt: expect.anything() })
    const live: string[] = []
    for await (const step of pond.ensembles.members(id)) live.push(...step)
    expect(live.toSorted()).toEqual([5, 6, 7, 8].map((index) => member(ensemble, index)))
    expect(await pond.ensembles.out(ensemble)).toEqual({ queued: 4, running: 0 })
  })

  test('leave rows in the order of their ends, which go up to the last that is in the store', async () => {
    const ensemble = await pond.arrive({}, few(5))
    await pond.feed()
    for (const index of [3, 0, 4]) await pond.end(member(ensemble, index))
    const indicesOf = async () =>
      (await pond.ensembles.rows(ensemble.id, 10)).map(({ row }) => JSON.parse(row).index)
    expect(await indicesOf()).toEqual([3, 0, 4])
    const [, second] = await pond.ensembles.rows(ensemble.id, 2)
    await pond.end(member(ensemble, 1))
    await pond.ensembles.trim(ensemble.id, second!.id)
    await pond.ensembles.trim(ensemble.id, second!.id)
    expect(await indicesOf()).toEqual([4, 1])
    expect(await pond.ensembles.rowCount(ensemble.id)).toBe(2)
  })

  test('take at most 16 bytes each, in all that is left of them', async () => {
    const ensemble = await pond.arrive({}, few(500))
    await pond.feed()
    await Promise.all((await pond.queued()).map((id) => pond.end(id)))
    const last = (await pond.ensembles.rows(ensemble.id, 1000)).at(-1)!
    await pond.ensembles.trim(ensemble.id, last.id)
    const all = await pond.redis.keys(`carya:*${ensemble.id}*`)
    const kept = all.filter((key) => key !== `carya:ensemble:${ensemble.id}` && !key.endsWith(':spec'))
    const sizes = await Promise.all(kept.map((key) => pond.redis.memory('USAGE', key)))
    expect(sizes.reduce<number>((sum, size) => sum + Number(size), 0)).toBeLessThan(16 * 500)
  })
})

describe('failed members that run again', () => {
  test('are those that failed and those that were cancelled, and nobody else', async () => {
    const ensemble = await pond.arrive({}, few(200))
    const { id } = ensemble
    await pond.feed()
    const most = Array.from({ length: 199 }, (_, index) => index)
    const endOne = (index: number) =>
      index === 60
        ? pond.happen(member(ensemble, index), () => ({ type: 'cancel' }))
        : pond.end(member(ensemble, index), index % 50 === 7 ? 'model_error' : undefined)
    await Promise.all(most.map(endOne))
    await pond.change(id, rerun(await pond.now(id), await pond.ensembles.facts(id)), { again: true })
    expect(await pond.ensembles.facts(id)).toEqual({
      live: 1,
      succeeded: 194,
      cancelled: 0,
      failures: [],
      hasAgain: true,
    })
    await pond.feed()
    const again = [7, 57, 60, 107, 157].map((index) => member(ensemble, index))
    expect((await pond.queued()).toSorted()).toEqual([...again, member(ensemble, 199)].toSorted())
    expect((await pond.ensembles.facts(id)).hasAgain).toBe(false)
    expect(await pond.runs.read(member(ensemble, 57))).toMatchObject({ round: 1, state: 'queued' })
    // what fails once more may run once more
    for (const each of again) await pond.end(each, each === member(ensemble, 60) ? 'timeout' : undefined)
    expect(await pond.ensembles.facts(id)).toMatchObject({
      live: 1,
      succeeded: 198,
      failures: [{ kind: 'timeout', count: 1, example: member(ensemble, 60) }],
    })
    const rows = await pond.ensembles.rows(id, 1000)
    expect(rows.length).toBe(199 + 5)
    expect(new Set(rows.map(({ row }) => JSON.parse(row).index)).size).toBe(199)
  })
})

describe('an ensemble that ended long ago', () => {
  test('is forgotten with all that was kept of it', async () => {
    const ensemble = await pond.arrive({}, few(4))
    const { id } = ensemble
    await pond.feed()
    for (const index of [0, 1]) await pond.end(member(ensemble, index))
    await pond.end(member(ensemble, 2), 'model_error')
    await pond.happen(member(ensemble, 3), () => ({ type: 'cancel' }))
    const policy = { policy: 'continue' } as const
    const ended = await pond.change(
      id,
      settle(await pond.now(id), await pond.ensembles.facts(id), policy, LATER),
    )
    expect(ended.state).toBe('partial')
    // one that goes on stays, however old
    const other = await pond.arrive({}, few(4))
    expect(await pond.ensembles.open()).toEqual(expect.arrayContaining([id, other.id]))
    expect(await pond.ensembles.forget(Date.parse(LATER) - 1, 100)).toBe(0)
    await pond.feed()
    expect(await pond.ensembles.forget(Date.parse(LATER), 100)).toBe(1)
    expect(await pond.redis.keys(`*${id}*`)).toEqual([])
    expect(await pond.ensembles.open()).toEqual([other.id])
    expect((await pond.ensembles.list({ labels: {}, limit: 9 })).items.map((each) => each.id)).toEqual([
      other.id,
    ])
    expect(await pond.redis.zcard('carya:ensembles:ended')).toBe(0)
    expect(await pond.ensembles.spec(ensemble)).toBeUndefined()
    expect(await pond.redis.zrange(`carya:pool:${POOL}:lines:ann`, 0, '-1')).toEqual([])
  })
})
