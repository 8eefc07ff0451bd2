import { expect, test } from 'vitest'
import type { Continuous, PinnedValue } from './pinned.ts'
import { EXTREMES, quantileOf, shareLeft } from './quantile.ts'

const points = [1e-6, 0.01, 0.5, 0.99, 1 - 1e-6]
const number = { type: 'number' } as const
const integer = { type: 'integer' } as const

// by scipy 1.17
const known: [Continuous, number[], number[]][] = [
  ['uniform', [-1, 3], [-0.999996, -0.96, 1, 2.96, 2.999996]],
  [
    'loguniform',
    [1e-3, 1e3],
    [0.0010000138156059926, 0.0011481536214968833, 1, 870.9635899560809, 999.9861845848757],
  ],
  ['normal', [10, 2], [0.49315138235420264, 5.3473042519183185, 10, 14.652695748081682, 19.506848617634176]],
  [
    'lognormal',
    [1, 0.5],
    [0.25240706576017474, 0.8494434259057597, 2.718281828459045, 8.698703025515458, 29.27436312710006],
  ],
  [
    'triangular',
    [0, 0.2, 1],
    [
      0.00044721359549995795, 0.044721359549995794, 0.3675444679663241, 0.9105572809000084,
      0.9991055728089873,
    ],
  ],
  [
    'beta',
    [2, 3, 0, 1],
    [0.0004083594602042573, 0.04199863562170072, 0.3857275681323895, 0.859132457305454, 0.9936904263297945],
  ],
  [
    'beta',
    [0.5, 0.5, -1, 2],
    [-0.9999999999925978, -0.9992598405485973, 0.5, 1.9992598405485973, 1.999999999992598],
  ],
  [
    'gamma',
    [2, 3],
    [0.004244641984438031, 0.44566422075979784, 5.035040970049984, 19.915056203981433, 50.06526237248832],
  ],
]

test.each(known)('%s %j', (kind, numbers, expected) => {
  const quantile = quantileOf(number, { kind, numbers })
  for (const [at, p] of points.entries()) expect(Number(quantile(p)) - expected[at]!).toBeCloseTo(0, 9)
})

test('a truncated normal distribution', () => {
  const quantile = quantileOf(number, { kind: 'normal', numbers: [0, 1], truncate: [1, 2] })
  // Φ⁻¹(Φ(1) + p (Φ(2) − Φ(1))) by scipy
  expect(Number(quantile(0.5))).toBeCloseTo(1.336440347745247, 12)
  expect(Number(quantile(0.01))).toBeCloseTo(1.0056324557833611, 12)
  const ends = EXTREMES.map((p) => Number(quantile(p)))
  expect(ends[0]).toBeGreaterThanOrEqual(1)
  expect(ends[1]).toBeLessThanOrEqual(2)
})

test('the share that a truncation leaves', () => {
  expect(shareLeft({ kind: 'normal', numbers: [0, 1], truncate: [-1, 1] })).toBeCloseTo(0.6826894921370859, 6)
  expect(shareLeft({ kind: 'uniform', numbers: [0, 10], truncate: [-5, 2] })).toBeCloseTo(0.2, 6)
  expect(shareLeft({ kind: 'gamma', numbers: [700, 0.01], truncate: [0, 7] })).toBeCloseTo(
    0.5050262400556824,
    6,
  )
  expect(shareLeft({ kind: 'uniform', numbers: [0, 1], truncate: [1, 2] })).toBe(0)
  expect(shareLeft({ kind: 'beta', numbers: [2, 2, 0, 1], truncate: [-2, -1] })).toBe(0)
})

test('a uniform integer has each whole number equally often, both ends included', () => {
  const quantile = quantileOf(integer, { kind: 'uniform', numbers: [-1, 2] })
  const grid = Array.from({ length: 400 }, (_, i) => quantile((i + 0.5) / 400))
  expect([-1, 0, 1, 2].map((value) => grid.filter((each) => each === value).length)).toEqual([
    100, 100, 100, 100,
  ])
  expect(EXTREMES.map(quantile)).toEqual([-1, 2])
})

test('ends that are no whole numbers leave those between', () => {
  const quantile = quantileOf(integer, { kind: 'uniform', numbers: [0.5, 3.5] })
  expect(EXTREMES.map(quantile)).toEqual([1, 3])
})

test('other distributions of an integer are rounded, and kept within their bounds', () => {
  const normal = quantileOf(integer, { kind: 'normal', numbers: [0, 0.2] })
  expect(Object.is(normal(0.4), 0)).toBe(true)
  const bounded = quantileOf(integer, { kind: 'loguniform', numbers: [0.6, 3.4] })
  expect(EXTREMES.map(bounded)).toEqual([1, 3])
  const cut = quantileOf(integer, { kind: 'normal', numbers: [0, 5], truncate: [-2.5, 2.5] })
  expect(EXTREMES.map(cut)).toEqual([-2, 2])
})

test('values by their weights', () => {
  const values: PinnedValue[] = ['a', 'b', 'c']
  const equal = quantileOf({ type: 'string' }, { kind: 'values', values })
  expect([...EXTREMES, 0.34, 0.66, 0.67].map(equal)).toEqual(['a', 'c', 'b', 'b', 'c'])
  const weighted = quantileOf({ type: 'string' }, { kind: 'values', values, weights: [1, 2, 1] })
  expect([...EXTREMES, 0.24, 0.26, 0.74, 0.76].map(weighted)).toEqual(['a', 'c', 'a', 'b', 'b', 'c'])
})

test('weights whose sum would be infinite', () => {
  const huge = { kind: 'values' as const, values: [1, 2], weights: [1.5e308, 1.5e308] }
  const quantile = quantileOf(number, huge)
  expect([0.49, 0.51].map(quantile)).toEqual([1, 2])
})
