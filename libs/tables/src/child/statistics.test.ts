import { expect, test } from 'vitest'
import { describe, quantile } from './statistics.ts'

test('quantiles are those of type 7', () => {
  const sorted = Float64Array.of(1, 2, 4, 8)
  // numpy.quantile([1, 2, 4, 8], [0.05, 0.25, 0.5, 0.75, 0.95])
  const expected = [1.15, 1.75, 3, 5, 7.4]
  for (const [nth, share] of [0.05, 0.25, 0.5, 0.75, 0.95].entries())
    expect(quantile(sorted, share)).toBeCloseTo(expected[nth]!, 12)
  expect(quantile(Float64Array.of(7), 0.05)).toBe(7)
})

test('a sample is described by known values', () => {
  const described = describe(Float64Array.of(2, 4, 4, 4, 5, 5, 7, 9))!
  expect(described).toMatchObject({ count: 8, mean: 5, min: 2, max: 9 })
  expect(described.sd).toBeCloseTo(Math.sqrt(32 / 7), 12)
  expect(described.histogram.counts.reduce((sum, count) => sum + count)).toBe(8)
  expect(described.histogram.edges).toHaveLength(described.histogram.counts.length + 1)
  expect([described.histogram.edges[0], described.histogram.edges.at(-1)]).toEqual([2, 9])
})

test('bins follow Freedman and Diaconis, and are at most 60', () => {
  const even = Float64Array.from({ length: 1000 }, (_, i) => i)
  // 2 · 499.5 · 1000^(-1/3) = 99.9 wide
  expect(describe(even)!.histogram.counts).toHaveLength(10)
  const spiked = Float64Array.from({ length: 1000 }, (_, i) => (i === 0 ? 1e9 : i))
  expect(describe(spiked)!.histogram.counts).toHaveLength(60)
  const mostlyOne = Float64Array.from({ length: 1024 }, (_, i) => (i === 0 ? 5 : 1))
  expect(describe(mostlyOne)!.histogram.counts).toHaveLength(11)
})

test('a constant, a single value, and none', () => {
  expect(describe(new Float64Array(180).fill(0.1))).toMatchObject({ mean: 0.1, sd: 0, min: 0.1, max: 0.1 })
  const one = describe(Float64Array.of(3))!
  expect(one).toMatchObject({ count: 1, mean: 3, sd: 0, quantiles: [3, 3, 3, 3, 3] })
  expect(one.histogram).toEqual({ edges: [2.85, 3.15], counts: [1] })
  expect(describe(new Float64Array(0))).toBeUndefined()
})

test('the largest doubles overflow nothing', () => {
  const described = describe(Float64Array.of(-Number.MAX_VALUE, Number.MAX_VALUE, 0))!
  expect(described.mean).toBe(0)
  const numbers = [described.sd, ...described.quantiles, ...described.histogram.edges]
  expect(numbers.filter((value) => !Number.isFinite(value))).toEqual([])
})
