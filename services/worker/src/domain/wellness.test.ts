import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { feel as feelOf, mayTake, well, type Wellness, type WellnessEvent } from './wellness.ts'

const feel = (now: Wellness, event: WellnessEvent) => feelOf(now, event, 30)
const failed = (run: string, detail = 'no space left on device'): WellnessEvent => ({
  type: 'failed',
  run,
  attempt: `${run}/1`,
  detail,
})
const after = (...events: WellnessEvent[]): Wellness => events.reduce(feel, well)
const UNWELL = [failed('a'), failed('b'), failed('c')]

test('three runs in a row that cannot be started make a host unwell, and it says why', () => {
  expect(after(failed('a'), failed('b')).is).toBe('well')
  expect(after(...UNWELL)).toEqual({
    is: 'resting',
    reason: 'three models in a row could not be started: no space left on device',
    pause: 30,
  })
})

test('one run that fails again and again may itself be the reason', () => {
  expect(after(failed('a'), failed('a'), failed('a'), failed('b')).is).toBe('well')
})

test('a model that starts in between makes it well', () => {
  expect(after(failed('a'), failed('b'), { type: 'started' }, failed('c')).is).toBe('well')
})

test('after a pause it takes one job: started it is well, else the pause doubles up to ten minutes', () => {
  const trying = after(...UNWELL, { type: 'rested' })
  expect(mayTake(after(...UNWELL))).toBe(false)
  expect(mayTake(trying)).toBe(true)
  const tried = feel(trying, { type: 'taken', attempt: 'd/1' })
  expect(mayTake(tried)).toBe(false)
  expect(feel(tried, { type: 'started' })).toEqual(well)
  const pauses: number[] = []
  let state = tried
  for (let run = 0; run < 7; run += 1) {
    state = feel(state, failed('d'))
    if (state.is === 'resting') pauses.push(state.pause)
    state = feel(feel(state, { type: 'rested' }), { type: 'taken', attempt: 'd/1' })
  }
  expect(pauses).toEqual([60, 120, 240, 480, 600, 600, 600])
})

test('those taken before, which fail as well, do not lengthen the pause', () => {
  const tried = after(...UNWELL, { type: 'rested' }, { type: 'taken', attempt: 'd/1' })
  expect(feel(tried, failed('e'))).toBe(tried)
  const resting = after(...UNWELL)
  expect(feel(resting, failed('e'))).toBe(resting)
})

test('a trial that is let go proves nothing, and the next job is the trial', () => {
  const tried = after(...UNWELL, { type: 'rested' }, { type: 'taken', attempt: 'd/1' })
  expect(mayTake(feel(tried, { type: 'over', attempt: 'e/1' }))).toBe(false)
  expect(mayTake(feel(tried, { type: 'over', attempt: 'd/1' }))).toBe(true)
})

const runs = fc.constantFrom('a', 'b', 'c', 'd')
const event = fc.oneof(
  runs.map((run) => failed(run)),
  runs.map((run): WellnessEvent => ({ type: 'taken', attempt: `${run}/1` })),
  runs.map((run): WellnessEvent => ({ type: 'over', attempt: `${run}/1` })),
  fc.constantFrom<WellnessEvent>({ type: 'started' }, { type: 'rested' }),
)

test('whatever happens, it is well again after a rest, a trial and a start', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 30 }), (events) => {
      const state = events.reduce(feel, well)
      const rested = feel(state, { type: 'rested' })
      const free =
        rested.is === 'trying' && rested.trial !== undefined
          ? feel(rested, { type: 'over', attempt: rested.trial })
          : rested
      expect(mayTake(free)).toBe(true)
      expect(feel(feel(free, { type: 'taken', attempt: 'z/1' }), { type: 'started' })).toEqual(well)
    }),
  )
})
