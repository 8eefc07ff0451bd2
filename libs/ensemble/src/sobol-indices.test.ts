import { expect, test } from 'vitest'
import { membersOf, pinned } from './model.fixture.ts'
import { sobolIndices } from './sobol-indices.ts'

const angle = { uniform: [-Math.PI, Math.PI] }

/** Ishigami & Homma (1990) with a = 7, b = 0.1, at the members of a saltelli design. */
function ishigami(samples: number, seed: number): Float64Array {
  const members = membersOf(
    pinned({ kind: 'saltelli', samples, seed, vary: { x1: angle, x2: angle, x3: angle } }),
  )
  return Float64Array.from(members, ({ params }) => {
    const [x1, x2, x3] = ['x1', 'x2', 'x3'].map((name) => Number(params[name]))
    return Math.sin(x1!) + 7 * Math.sin(x2!) ** 2 + 0.1 * x3! ** 4 * Math.sin(x1!)
  })
}

const V1 = 0.5 * (1 + (0.1 * Math.PI ** 4) / 5) ** 2
const V2 = 49 / 8
const V13 = 0.01 * Math.PI ** 8 * (1 / 18 - 1 / 50)
const V = V1 + V2 + V13
const analytic = [
  { first: V1 / V, total: (V1 + V13) / V },
  { first: V2 / V, total: V2 / V },
  { first: 0, total: V13 / V },
]

test.each([0, 1, 7, 42, 4294967295])(
  'Ishigami’s function within 0.03 at 4,096 base rows, seed %d',
  (seed) => {
    const { rows, dropped, indices } = sobolIndices(ishigami(4096, seed), 3, seed)!
    expect([rows, dropped]).toEqual([4096, 0])
    for (const [at, { first, total }] of analytic.entries()) {
      const found = indices[at]!
      expect(Math.abs(found.first - first)).toBeLessThan(0.03)
      expect(Math.abs(found.total - total)).toBeLessThan(0.03)
      // rows of a Sobol' sequence are better than the random ones that the interval takes them for
      expect(first > found.firstLow && first < found.firstHigh).toBe(true)
      expect(total > found.totalLow && total < found.totalHigh).toBe(true)
    }
  },
)

test('more rows than are resampled one by one', () => {
  const [small, large] = [4096, 16384].map((samples) => sobolIndices(ishigami(samples, 3), 3, 1)!)
  for (const [at, { first, total }] of analytic.entries()) {
    const [few, many] = [small!.indices[at]!, large!.indices[at]!]
    expect(first > many.firstLow && first < many.firstHigh).toBe(true)
    expect(total > many.totalLow && total < many.totalHigh).toBe(true)
    // four times the rows, half the width
    const narrower = (many.totalHigh - many.totalLow) / (few.totalHigh - few.totalLow)
    expect(narrower).toBeGreaterThan(0.35)
    expect(narrower).toBeLessThan(0.7)
  }
})

test('the same seed gives the same intervals, another one others', () => {
  const y = ishigami(64, 1)
  expect(sobolIndices(y, 3, 5)).toEqual(sobolIndices(y, 3, 5))
  expect(sobolIndices(y, 3, 6)!.indices[0]!.firstLow).not.toBe(sobolIndices(y, 3, 5)!.indices[0]!.firstLow)
})

test('a row with a failed member is dropped whole', () => {
  const y = ishigami(1024, 1)
  const failed = y.map((value, index) => ([3, 4, 500].includes(index) ? NaN : value))
  const kept = Float64Array.from([...y].filter((_, index) => ![0, 100].includes(Math.floor(index / 5))))
  expect(sobolIndices(failed, 3, 1)).toEqual({ ...sobolIndices(kept, 3, 1), dropped: 2 })
})

test('neither an offset nor a factor matters', () => {
  const y = ishigami(256, 1)
  const plain = sobolIndices(y, 3, 1)!
  const other = sobolIndices(
    y.map((value) => 1e200 * (value + 1e4)),
    3,
    1,
  )!
  for (const [at, { first, total }] of plain.indices.entries()) {
    expect(other.indices[at]!.first).toBeCloseTo(first, 8)
    expect(other.indices[at]!.total).toBeCloseTo(total, 8)
  }
})

test('nothing to tell', () => {
  expect(sobolIndices(new Float64Array(50).fill(0.1), 3, 1)).toBeUndefined()
  expect(sobolIndices(new Float64Array(50).fill(NaN), 3, 1)).toBeUndefined()
  expect(sobolIndices(Float64Array.of(1, 2, 3, 4, 5), 3, 1)).toBeUndefined()
  expect(sobolIndices(new Float64Array(51), 3, 1)).toBeUndefined()
  expect(sobolIndices(new Float64Array(0), 3, 1)).toBeUndefined()
})
