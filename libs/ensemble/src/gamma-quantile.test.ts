import { expect, test } from 'vitest'
import { gammaQuantile } from './gamma-quantile.ts'

const points = [1e-6, 0.01, 0.5, 0.99, 1 - 1e-6]

// by mpmath, 30 digits
test.each([
  [
    0.5,
    [7.853981633978594e-13, 7.854392895485099e-5, 0.2274682115597864, 3.317448300510607, 11.964063488439734],
  ],
  [100, [59.43632069812289, 78.21598305379582, 99.66686491931549, 124.7225614907208, 154.91904599496158]],
  [700, [581.3537149637913, 639.9249333669663, 699.6666949000806, 763.0159422904319, 833.037076092765]],
  [10000, [9531.835117189807, 9768.836856696591, 9999.666668642047, 10234.104379158054, 10482.561164638257]],
])('of shape %d', (shape, expected) => {
  const quantile = gammaQuantile(shape)
  for (const [at, p] of points.entries()) expect(quantile(p) / expected[at]!).toBeCloseTo(1, 13)
})

test('own code goes on where the library ends', () => {
  for (const p of points) {
    const [below, above] = [gammaQuantile(500)(p), gammaQuantile(500 + 1e-9)(p)]
    expect(above / below).toBeCloseTo(1, 10)
  }
})

test('of the largest shape, where a normal distribution is near', () => {
  const quantile = gammaQuantile(1e6)
  expect(quantile(1e-6)).toBeCloseTo(995253.7719775, 6)
  expect([2 ** -53, 1 - 2 ** -53].map(quantile).every(Number.isFinite)).toBe(true)
})
