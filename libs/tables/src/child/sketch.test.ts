import { expect, test } from 'vitest'
import { Sketch } from './sketch.ts'
import { SHARES } from './statistics.ts'

/** A permutation of 0 … n − 1, so that a value is its own rank. */
function* shuffled(n: number, step: number): Generator<number> {
  for (let i = 0, at = 0; i < n; i += 1, at = (at + step) % n) yield at
}

test('of few values it is exact', () => {
  const sketch = new Sketch(1)
  for (const value of shuffled(101, 7)) sketch.add(value)
  expect(sketch.quantiles(SHARES)).toEqual([5, 25, 50, 75, 95])
  expect(new Sketch(1).quantiles([0.5])).toEqual([Number.NaN])
})

test.each([7919, 1, 99_999, 31_337])(
  'the rank error stays below eight in a thousand, whatever the order: %i',
  (step) => {
    const n = 100_000
    for (let seed = 0; seed < 20; seed += 1) {
      const sketch = new Sketch(seed)
      for (const value of shuffled(n, step)) sketch.add(value)
      expect(sketch.count).toBe(n)
      for (const [nth, value] of sketch.quantiles(SHARES).entries())
        expect(Math.abs(value / n - SHARES[nth]!)).toBeLessThan(0.008)
    }
  },
)

test('the same values in the same order give the same quantiles', () => {
  const [one, other] = [new Sketch(5), new Sketch(5)]
  for (const value of shuffled(200_000, 7919)) {
    one.add(value)
    other.add(value)
  }
  expect(one.quantiles(SHARES)).toEqual(other.quantiles(SHARES))
})
