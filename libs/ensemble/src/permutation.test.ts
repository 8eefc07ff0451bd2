import { assert, constantFrom, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { permute } from './permutation.ts'

const seeds = integer({ min: 0, max: 2 ** 32 - 1 })

test('is a bijection of any size, for any seed and dimension', () => {
  const sizes = constantFrom(1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1000, 4097)
  assert(
    property(sizes, seeds, integer({ min: 0, max: 999 }), (size, seed, dimension) => {
      const seen = new Set(Array.from({ length: size }, (_, index) => permute(index, size, seed, dimension)))
      expect(seen.size).toBe(size)
      expect([Math.min(...seen), Math.max(...seen)]).toEqual([0, size - 1])
    }),
    { numRuns: 100 },
  )
})

test('stays inside the largest ensemble', () => {
  assert(
    property(integer({ min: 0, max: 1e8 - 1 }), seeds, (index, seed) => {
      const value = permute(index, 1e8, seed, 0)
      expect(value).toBeGreaterThanOrEqual(0)
      expect(value).toBeLessThan(1e8)
    }),
    { numRuns: 200 },
  )
})

test('goes everywhere: each value about equally often over the seeds', () => {
  const counts = Array.from({ length: 10 }, () => 0)
  for (let seed = 0; seed < 5000; seed += 1) counts[permute(3, 10, seed, 2)]! += 1
  // chi squared of 9 degrees of freedom: above 27.9 once in a thousand
  const chi = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0)
  expect(chi).toBeLessThan(27.9)
})
