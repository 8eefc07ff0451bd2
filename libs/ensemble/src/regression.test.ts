import { expect, test } from 'vitest'
import { draw } from './philox.ts'
import { regression } from './regression.ts'

const noise = (dimension: number, length = 500) =>
  Float64Array.from({ length }, (_, index) => draw(1, dimension, 'random', index)[0]! / 2 ** 32)
const [a, b, c] = [noise(0), noise(1), noise(2)]

test('a line is found, in units of standard deviations', () => {
  // numpy.linalg.lstsq of standardised columns
  const one = Float64Array.of(1, 2, 3, 4, 5, 6)
  const two = Float64Array.of(2, 1, 4, 3, 7, 5)
  const { coefficients, r2, count } = regression([one, two], Float64Array.of(1, 3, 2, 5, 4, 8))
  expect(coefficients[0]).toBeCloseTo(1.442449569066245, 12)
  expect(coefficients[1]).toBeCloseTo(-0.7071650225322197, 12)
  expect(r2).toBeCloseTo(0.9654030398012893, 12)
  expect(count).toBe(6)
})

test('units do not matter', () => {
  const y = a.map((value, i) => 2 * value - b[i]! + 0.1 * c[i]!)
  const plain = regression([a, b], y)
  const scaled = regression(
    [a.map((v) => v * 1e-200), b.map((v) => 1e6 + v)],
    y.map((v) => v * 1e200),
  )
  for (const at of [0, 1]) expect(scaled.coefficients[at]).toBeCloseTo(plain.coefficients[at]!, 9)
  expect(plain.r2).toBeGreaterThan(0.99)
})

test('a failed member is left out', () => {
  const y = a.map((value, i) => (i % 10 === 0 ? NaN : value))
  const { coefficients, r2, count } = regression([a, b], y)
  expect(coefficients[0]).toBeCloseTo(1, 12)
  expect([r2!.toFixed(9), count]).toEqual(['1.000000000', 450])
})

test('a constant column has no coefficient, the others have', () => {
  const { coefficients } = regression([a, b.map(() => 0.1)], a)
  expect(coefficients[0]).toBeCloseTo(1, 12)
  expect(coefficients[1]).toBeNull()
})

test.each([
  ['a constant result', [a, b], a.map(() => 3)],
  ['a column that is the sum of others', [a, b, a.map((value, i) => value + b[i]!)], c],
  ['the same column twice', [a, a], b],
  ['no column', [], a],
  ['as few members as columns', [a.slice(0, 3), b.slice(0, 3)], c.slice(0, 3)],
])('nothing to tell: %s', (_, columns, y) => {
  expect(regression(columns, y)).toEqual({ coefficients: columns.map(() => null), r2: null, count: y.length })
})
