import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleEnsemble } from './sample-ensemble.fixture.ts'
import { advance, freshMembers, isIdle, retriesWithin, type Fresh } from './ensemble-line.ts'
import type { EnsembleRecord } from './ensemble-record.ts'
import { START } from './sample.fixture.ts'

const of = (more: Partial<EnsembleRecord> = {}) => sampleEnsemble(more).record
const offered = (ensemble: EnsembleRecord, again: readonly number[], retries: number, out: number) =>
  freshMembers(ensemble, again, { retries, out, unmoved: 0 })
const indices = (fresh: readonly Fresh[]) => fresh.map(({ index }) => index)
/** Those that are fed: what stands behind one that is not waits for the next round. */
const passed = (ensemble: EnsembleRecord, fed: readonly Fresh[]) => {
  const { isPassed } = advance(ensemble, fed, START)
  return fed.filter(isPassed)
}

describe('members of an ensemble that may come into being', () => {
  test('are those that run again, and then those that have never run', () => {
    const fresh = offered(of({ cursor: 50 }), [3, 9], 0, 0)
    expect(indices(fresh).slice(0, 4)).toEqual([3, 9, 50, 51])
    expect(fresh.slice(0, 3).map(({ isAgain }) => isAgain)).toEqual([true, true, false])
    expect(fresh.length).toBe(52)
    expect(offered(of({ members: 1_000_000 }), [], 0, 0).length).toBe(64)
  })

  test.each([
    [{ state: 'paused' }],
    [{ state: 'checking' }],
    [{ state: 'partial' }],
    [{ cancelRequested: true }],
    [{ givenUp: 'why' }],
  ] as const)('are none while it is %j', (more) => {
    expect(offered(of(more), [1, 2], 0, 0)).toEqual([])
    expect(isIdle(of(more), [1, 2], 3)).toBe(true)
  })

  test('are what its bound leaves beside those out and those tried again', () => {
    const bound = of({ maxParallel: 10, cursor: 20 })
    expect(retriesWithin(bound, 7)).toBe(3)
    expect(indices(offered(bound, [4], 1, 7))).toEqual([4, 20])
    expect(offered(bound, [4], 3, 7)).toEqual([])
    // lowered while more were out
    expect([retriesWithin(bound, 12), offered(bound, [4], 0, 12)]).toEqual([0, []])
  })
})

test('none comes into being while the store does not take the rows of those that ended', () => {
  const none = { retries: 0, out: 0 }
  expect(freshMembers(of(), [3], { ...none, unmoved: 5000 })).toEqual([])
  expect(freshMembers(of(), [3], { ...none, unmoved: 4999 }).length).toBe(64)
})

test('a line is idle where nothing can come of it until somebody brings something', () => {
  expect(isIdle(undefined, [], 0)).toBe(true)
  expect(isIdle(of({ cursor: 100 }), [], 0)).toBe(true)
  expect(isIdle(of({ cursor: 99 }), [], 0)).toBe(false)
  expect(isIdle(of({ cursor: 100 }), [1], 0)).toBe(false)
  expect(isIdle(of({ cursor: 100 }), [], 1)).toBe(false)
})

test('the cursor passes over no member: one that found no room keeps those behind it', () => {
  const ensemble = of({ cursor: 10 })
  const [again, first, second, third] = offered(ensemble, [3], 0, 0)
  const gap = advance(ensemble, [again!, first!, third!], START)
  expect(gap.after).toMatchObject({ cursor: 11, version: ensemble.version + 1, startedAt: START })
  expect(gap.again).toEqual([3])
  expect(indices(passed(ensemble, [again!, first!, third!]))).toEqual([3, 10])
  expect(advance(ensemble, [third!, second!, first!], START).after.cursor).toBe(13)
  const later = advance(gap.after, [second!], '2026-01-02T00:00:00.000Z')
  expect(later.after).toMatchObject({ cursor: 12, startedAt: START })
})

test('however rounds go, every member is fed once in order, what runs again before what is new, within the bound', () => {
  const round = fc.record({
    room: fc.nat(9),
    /** which of those offered are left out, as where a reserved worker is passed by */
    holes: fc.uniqueArray(fc.nat(9), { maxLength: 2 }),
    ends: fc.nat(9),
    fails: fc.nat(3),
  })
  const bounds = fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined })
  fc.assert(
    fc.property(fc.array(round, { maxLength: 40 }), bounds, fc.nat(40), (rounds, maxParallel, members) => {
      let ensemble = of({ members, ...(maxParallel === undefined ? {} : { maxParallel }) })
      const out = new Set<number>()
      let retries: number[] = []
      const again = new Set<number>()
      const fedNew: number[] = []
      for (const { room, holes, ends, fails } of rounds) {
        const tried = retries.slice(0, retriesWithin(ensemble, out.size))
        const first = [...again].toSorted((one, other) => one - other)
        const fresh = offered(ensemble, first, tried.length, out.size)
        expect(tried.length + fresh.length + out.size).toBeLessThanOrEqual(
          Math.max(maxParallel ?? Infinity, out.size),
        )
        const isNew = fresh.map(({ isAgain }) => !isAgain)
        expect(isNew).toEqual(isNew.toSorted((one, other) => Number(one) - Number(other)))
        const chosen = fresh.slice(0, room).filter((_, i) => !holes.includes(i))
        const { after, again: taken } = advance(ensemble, chosen, START)
        const fed = passed(ensemble, chosen)
        expect(fed.filter(({ isAgain }) => isAgain).map(({ index }) => index)).toEqual(taken)
        for (const { index, isAgain } of fed) {
          expect(out.has(index) || retries.includes(index)).toBe(false)
          out.add(index)
          if (!isAgain) fedNew.push(index)
        }
        for (const index of tried.slice(0, room)) out.add(index)
        retries = retries.filter((index) => !out.has(index))
        for (const index of taken) again.delete(index)
        ensemble = after
        expect(fedNew).toEqual(Array.from({ length: ensemble.cursor }, (_, i) => i))
        for (const index of [...out].slice(0, ends)) {
          out.delete(index)
          if (index % 3 === fails) retries.push(index)
          else if (index % 5 === fails) again.add(index)
        }
        // a line that is called idle holds nothing
        if (isIdle(ensemble, [...again], retries.length))
          expect([again.size, retries.length, ensemble.cursor]).toEqual([0, 0, members])
      }
    }),
    { numRuns: 1000 },
  )
})
