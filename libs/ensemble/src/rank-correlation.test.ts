import { expect, test } from 'vitest'
import { rankCorrelation } from './rank-correlation.ts'

const of = (x: number[], y: number[]) => rankCorrelation(Float64Array.from(x), Float64Array.from(y))

test('what only grows has 1, what only falls -1', () => {
  expect(of([1, 2, 3, 4], [1, 10, 100, 1e300])).toBe(1)
  expect(of([1, 2, 3, 4], [4, 3, 2, -1])).toBe(-1)
})

test('ties have the mean of their ranks', () => {
  // scipy.stats.spearmanr
  expect(of([1, 2, 2, 3, 5], [2, 1, 4, 4, 3])).toBeCloseTo(0.3947368421052632, 14)
})

test('a failed member is left out', () => {
  expect(of([1, NaN, 3, 2, 4], [2, 9, 6, 4, NaN])).toBe(1)
})

test('null where there is nothing to tell', () => {
  expect(of([1, 1, 1], [1, 2, 3])).toBeNull()
  expect(of([1, 2, 3], [5, 5, 5])).toBeNull()
  expect(of([1, NaN], [2, 3])).toBeNull()
  expect(of([], [])).toBeNull()
})
