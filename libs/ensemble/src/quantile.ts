/** From a pinned distribution to the function that makes its values: of a point of (0, 1), never of 0 or 1. */
import exp from '@stdlib/math-base-special-exp'
import ln from '@stdlib/math-base-special-ln'
import beta from '@stdlib/stats-base-dists-beta-quantile'
import lognormal from '@stdlib/stats-base-dists-lognormal-quantile'
import normal from '@stdlib/stats-base-dists-normal-quantile'
import triangular from '@stdlib/stats-base-dists-triangular-quantile'
import { gammaQuantile } from './gamma-quantile.ts'
import type { Column, Continuous, PinnedDistribution, PinnedValue } from './pinned.ts'

export type Quantile<V> = (p: number) => V
type Interval = [number, number]

/** The smallest and the largest point that any design gives. */
export const EXTREMES: Interval = [2 ** -53, 1 - 2 ** -53]

/** Halvings of the interval in which a share is looked for. */
const [ROUGHLY, EXACTLY] = [24, 60]

/**
 * The quantile function of a distribution for a column: whole numbers for an integer, always within the distribution's
 * support and truncation. Sixty evaluations at once where it is truncated, one or none at each call.
 */
export function quantileOf(
  column: Pick<Column, 'type'>,
  distribution: PinnedDistribution,
): Quantile<PinnedValue> {
  if (distribution.kind === 'values') return listed(distribution.values, distribution.weights)
  const { kind, numbers, truncate } = distribution
  const [low, high] = supportOf(distribution)
  if (column.type !== 'integer') return truncated(untruncated(kind, numbers), truncate, [low, high])
  const [least, most] = [Math.ceil(low), Math.floor(high)]
  if (kind === 'uniform') return (p) => Math.min(least + Math.floor(p * (most - least + 1)), most)
  const quantile = truncated(untruncated(kind, numbers), truncate, [low, high])
  // adding 0 turns -0 into 0
  return (p) => Math.min(Math.max(Math.round(quantile(p)), least), most) + 0
}

/** Where a distribution's values lie, truncation included; infinite where nothing bounds them. */
export function supportOf(distribution: {
  kind: Continuous
  numbers: number[]
  truncate?: Interval
}): Interval {
  const [low, high] = ownSupport(distribution.kind, distribution.numbers)
  const [from, to] = distribution.truncate ?? [-Infinity, Infinity]
  return [Math.max(low, from), Math.min(high, to)]
}

/** The part of the distribution that lies in the interval of its truncation, from 0 to 1, to a ten-millionth. */
export function shareLeft(distribution: { kind: Continuous; numbers: number[]; truncate: Interval }): number {
  const { kind, numbers, truncate } = distribution
  const quantile = untruncated(kind, numbers)
  const [low, high] = ownSupport(kind, numbers)
  if (truncate[0] >= high || truncate[1] <= low) return 0
  return below(quantile, truncate[1], ROUGHLY) - below(quantile, truncate[0], ROUGHLY)
}

function ownSupport(kind: Continuous, [a = 0, b = 0, c = 0, d = 0]: readonly number[]): Interval {
  switch (kind) {
    case 'uniform':
    case 'loguniform':
      return [a, b]
    case 'triangular':
      return [a, c]
    case 'beta':
      return [c, d]
    case 'normal':
      return [-Infinity, Infinity]
    case 'lognormal':
    case 'gamma':
      return [0, Infinity]
  }
}

/** The quantile function as the literature has it. */
export function untruncated(
  kind: Continuous,
  [a = 0, b = 0, c = 0, d = 0]: readonly number[],
): Quantile<number> {
  switch (kind) {
    case 'uniform':
      return (p) => a + p * (b - a)
    case 'loguniform': {
      const [from, to] = [ln(a), ln(b)]
      return (p) => exp(from + p * (to - from))
    }
    case 'normal':
      return normal.factory(a, b)
    case 'lognormal':
      return lognormal.factory(a, b)
    case 'triangular':
      // its order is low, high, mode
      return triangular.factory(a, c, b)
    case 'beta': {
      const standard = beta.factory(a, b)
      return (p) => c + standard(p) * (d - c)
    }
    case 'gamma': {
      const standard = gammaQuantile(a)
      return (p) => standard(p) * b
    }
  }
}

function truncated(
  quantile: Quantile<number>,
  truncate: Interval | undefined,
  [low, high]: Interval,
): Quantile<number> {
  const clamp = (value: number) => Math.min(Math.max(value, low), high)
  if (truncate === undefined) return (p) => clamp(quantile(p))
  const from = below(quantile, truncate[0], EXACTLY)
  const share = below(quantile, truncate[1], EXACTLY) - from
  const [least, most] = EXTREMES
  return (p) => clamp(quantile(Math.min(Math.max(from + p * share, least), most)))
}

/**
 * The distribution function by bisection of its quantile function, so that the two always agree: the share of values
 * up to `value`, to 2⁻ˢᵗᵉᵖˢ.
 */
function below(quantile: Quantile<number>, value: number, steps: number): number {
  let [low, high] = [0, 1]
  for (let step = 0; step < steps; step += 1) {
    const middle = (low + high) / 2
    if (middle === low || middle === high) break
    if (quantile(middle) <= value) low = middle
    else high = middle
  }
  // no point is beyond the extremes
  return low < EXTREMES[0] ? 0 : high > EXTREMES[1] ? 1 : low
}

function listed(
  values: readonly PinnedValue[],
  weights: readonly number[] | undefined,
): Quantile<PinnedValue> {
  if (weights === undefined) return (p) => values[Math.min(Math.floor(p * values.length), values.length - 1)]!
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0)
  let sum = 0
  // by the largest, so that the sum stays finite
  const sums = Float64Array.from(weights, (weight) => (sum += weight / largest))
  return (p) => values[firstAbove(sums, p * sum)]!
}

/** The first place whose sum is greater; the last one where none is. */
function firstAbove(sums: Float64Array, goal: number): number {
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle]! > goal) high = middle
    else low = middle + 1
  }
  return low
}
