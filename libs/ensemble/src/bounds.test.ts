import { Distribution } from '@carya/contracts'
import { assert, constantFrom, double, integer, oneof, property, record, tuple } from 'fast-check'
import { expect, test } from 'vitest'
import { model } from './model.fixture.ts'
import { pinDistribution } from './pin-distribution.ts'
import { EXTREMES, quantileOf, supportOf } from './quantile.ts'
import { subjectsOf } from './subject.ts'

const real = (min: number, max: number) => double({ min, max, noNaN: true, noDefaultInfinity: true })
const positive = real(-12, 12).map((power) => 10 ** power)
const shape = real(-1.3, 6).map((power) => 10 ** power)
const any = oneof(real(-1e6, 1e6), real(-2, 2), real(-1e300, 1e300))
const sorted = <T extends number>(numbers: T[]) => numbers.toSorted((a, b) => a - b)

const distributions = oneof(
  tuple(any, any).map((pair) => ({ uniform: sorted(pair) })),
  tuple(positive, positive).map((pair) => ({ loguniform: sorted(pair) })),
  tuple(any, positive).map((pair) => ({ normal: pair })),
  tuple(real(-50, 50), real(0.001, 20)).map((pair) => ({ lognormal: pair })),
  tuple(any, any, any).map((three) => ({ triangular: sorted(three) })),
  tuple(shape, shape, any, any).map(([a, b, ...pair]) => ({ beta: [a, b, ...sorted(pair)] })),
  tuple(shape, positive).map((pair) => ({ gamma: pair })),
)
const truncations = oneof(
  constantFrom('range' as const, undefined),
  tuple(any, any).map(([a, b]): [number, number] => (a < b ? [a, b] : [b, a])),
)
const find = subjectsOf(model)

/** What is taken, whatever it is, gives finite numbers within its bounds, and in the order of the points. */
test('no distribution that is accepted leaves its bounds or the finite numbers', () => {
  let accepted = 0
  const cases = record({
    name: constantFrom('k', 'x1', 'n', 'layers'),
    given: distributions,
    truncate: truncations,
    inner: tuple(integer({ min: 1, max: 2 ** 32 - 1 }), integer({ min: 1, max: 2 ** 32 - 1 })),
  })
  assert(
    property(cases, ({ name, given, truncate, inner }) => {
      const parsed = Distribution.safeParse({ ...given, truncate })
      const subject = find(name)
      if (!parsed.success || 'unknown' in subject) return
      const outcome = pinDistribution(subject, parsed.data)
      if ('misfits' in outcome || outcome.pinned.kind === 'values') return
      accepted += 1
      const [low, high] = supportOf(outcome.pinned)
      const quantile = quantileOf(subject.column, outcome.pinned)
      const points = [EXTREMES[0], ...sorted(inner.map((word) => word / 2 ** 32)), EXTREMES[1]]
      const values = points.map((p) => Number(quantile(p)))
      expect(values.every((value) => Number.isFinite(value) && value >= low && value <= high)).toBe(true)
      const [from, to] = subject.parameter!.range ?? [-Infinity, Infinity]
      expect(values.every((value) => value >= from && value <= to)).toBe(true)
      if (subject.column.type === 'integer') expect(values.every(Number.isSafeInteger)).toBe(true)
    }),
    { numRuns: 3000 },
  )
  expect(accepted).toBeGreaterThan(200)
})
