import { expect, test } from 'vitest'
import { observed, rateOf, rateText, timeLeft, type Observation } from './pace.ts'

const watch = (all: readonly Observation[]) => all.reduce<Observation[]>(observed, [])

test('a rate needs a member that ended while it was watched', () => {
  expect(rateOf([])).toBeUndefined()
  expect(rateOf(watch([{ at: 0, ended: 5 }]))).toBeUndefined()
  expect(
    rateOf(
      watch([
        { at: 0, ended: 5 },
        { at: 1000, ended: 5 },
      ]),
    ),
  ).toBeUndefined()
  expect(timeLeft(10, undefined)).toBeUndefined()
})

test('the rate is that of the last minute, whatever came before', () => {
  const slow = Array.from({ length: 10 }, (_, i) => ({ at: i * 60_000, ended: i }))
  const quick = Array.from({ length: 120 }, (_, i) => ({
    at: 540_000 + (i + 1) * 1000,
    ended: 9 + (i + 1) * 2,
  }))
  expect(rateOf(watch(slow))).toBeCloseTo(1 / 60, 6)
  const rate = rateOf(watch([...slow, ...quick]))
  expect(rate).toBeCloseTo(2, 6)
  expect(timeLeft(100, rate)).toBeCloseTo(50_000, 0)
})

test('slower ones than one a minute have a rate as well', () => {
  const all = Array.from({ length: 4 }, (_, i) => ({ at: i * 600_000, ended: i }))
  expect(rateOf(watch(all))).toBeCloseTo(1 / 600, 8)
})

test('members that are run again begin anew', () => {
  const all = watch([
    { at: 0, ended: 50 },
    { at: 1000, ended: 60 },
    { at: 2000, ended: 20 },
    { at: 3000, ended: 25 },
  ])
  expect(rateOf(all)).toBeCloseTo(5, 6)
})

test('what is kept is bounded', () => {
  const many = Array.from({ length: 5000 }, (_, i) => ({ at: i * 10, ended: i }))
  const kept = watch(many)
  expect(kept.length).toBeLessThanOrEqual(121)
  expect(rateOf(kept)).toBeCloseTo(100, 6)
})

test.each([
  [0.0001, '0.36/h'],
  [1 / 1800, '2/h'],
  [0.05, '3/min'],
  [1.234, '1.2/s'],
  [45.6, '46/s'],
  [1234.5, '1235/s'],
])('%d a second is %s', (rate, text) => {
  expect(rateText(rate)).toBe(text)
})
