/**
 * Sobol' indices of a saltelli design: how much of a result's variance a parameter explains by itself (first order), and
 * with everything it takes part in (total).
 */
import { draw } from './philox.ts'

export type SobolIndex = {
  first: number
  firstLow: number
  firstHigh: number
  total: number
  totalLow: number
  totalHigh: number
}
export type SobolIndices = { rows: number; dropped: number; indices: SobolIndex[] }

const RESAMPLES = 200
/** Rows are resampled one by one up to here, and beyond in so many random groups: time and memory stay bounded. */
const MOST_GROUPS = 4096

/**
 * First-order indices by Saltelli et al. (2010, Comput. Phys. Commun. 181, 259–270, table 2b, centred), total ones by
 * Jansen (1999, Comput. Phys. Commun. 117, 35–43), with 95 % intervals by the bootstrap over rows. `y` in the order of
 * members, N(d + 2); a row with a NaN anywhere is dropped whole. Undefined where fewer than two rows are left, the
 * result is constant, or the length is not that of such a design.
 */
export function sobolIndices(y: Float64Array, dimensions: number, seed: number): SobolIndices | undefined {
  const width = dimensions + 2
  const all = y.length / width
  if (!Number.isInteger(all)) return undefined
  const kept: number[] = []
  for (let row = 0; row < all; row += 1)
    if (y.subarray(row * width, (row + 1) * width).every(Number.isFinite)) kept.push(row)
  const rows = kept.length
  if (rows < 2) return undefined
  const groups = sumsOf(scaled(y, kept, width), dimensions, seed)
  const whole = indicesFrom(total(groups), dimensions)
  if (whole === undefined) return undefined
  const spread = bootstrap(groups, dimensions, seed)
  const indices = whole.map((index, at) => {
    const [firstLow, firstHigh] = interval(spread.map((each) => each[at]!.first))
    const [totalLow, totalHigh] = interval(spread.map((each) => each[at]!.total))
    return { ...index, firstLow, firstHigh, totalLow, totalHigh }
  })
  return { rows, dropped: all - rows, indices }
}

type Index = { first: number; total: number }
/** Of a group of rows: how many, Σ f over A and B, Σ f² over both, then for each parameter three sums. */
type Sums = Float64Array

/** Kept rows side by side, less the mean of A and B and by the largest value, so that no square overflows. */
function scaled(y: Float64Array, kept: readonly number[], width: number): Float64Array {
  const result = new Float64Array(kept.length * width)
  for (const [at, row] of kept.entries()) result.set(y.subarray(row * width, (row + 1) * width), at * width)
  const largest = result.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  if (largest === 0) return result
  let mean = 0
  for (let at = 0; at < result.length; at += width)
    mean += (result[at]! / largest + result[at + width - 1]! / largest) / (2 * kept.length)
  return result.map((value) => value / largest - mean)
}

function sumsOf(rows: Float64Array, dimensions: number, seed: number): Sums[] {
  const width = dimensions + 2
  const count = rows.length / width
  const groups = Array.from(
    { length: Math.min(count, MOST_GROUPS) },
    () => new Float64Array(3 + 3 * dimensions),
  )
  for (let row = 0; row < count; row += 1) {
    const at = row * width
    const [a, b] = [rows[at]!, rows[at + width - 1]!]
    const group = count <= MOST_GROUPS ? row : draw(seed, dimensions, 'group', row)[0]! % MOST_GROUPS
    const sums = groups[group]!
    sums[0]! += 1
    sums[1]! += a + b
    sums[2]! += a * a + b * b
    for (let j = 0; j < dimensions; j += 1) {
      const change = rows[at + 1 + j]! - a
      sums[3 + 3 * j]! += b * change
      sums[4 + 3 * j]! += change
      sums[5 + 3 * j]! += change * change
    }
  }
  return groups
}

/** Undefined where the result does not vary. */
function indicesFrom(sums: Sums, dimensions: number): Index[] | undefined {
  const count = sums[0]!
  const mean = sums[1]! / (2 * count)
  const variance = sums[2]! / (2 * count) - mean * mean
  // rounding leaves something of a constant
  if (!(variance > 1e-24)) return undefined
  return Array.from({ length: dimensions }, (_, j) => ({
    first: (sums[3 + 3 * j]! - mean * sums[4 + 3 * j]!) / count / variance,
    total: sums[5 + 3 * j]! / count / 2 / variance,
  }))
}

function total(groups: readonly Sums[]): Sums {
  const result = new Float64Array(groups[0]!.length)
  for (const group of groups) add(result, group)
  return result
}

function add(result: Float64Array, group: Sums): void {
  for (let i = 0; i < result.length; i += 1) result[i]! += group[i]!
}

/** Indices of as many groups, drawn with replacement, again and again. */
function bootstrap(groups: readonly Sums[], dimensions: number, seed: number): Index[][] {
  const result: Index[][] = []
  for (let again = 0; again < RESAMPLES; again += 1) {
    const sums = new Float64Array(groups[0]!.length)
    for (let i = 0; i < groups.length; i += 1)
      add(sums, groups[draw(seed, dimensions, 'resample', i, again)[0]! % groups.length]!)
    const indices = indicesFrom(sums, dimensions)
    if (indices !== undefined) result.push(indices)
  }
  return result
}

/** The middle 95 %. */
function interval(values: readonly number[]): [number, number] {
  const sorted = Float64Array.from(values).toSorted()
  const at = (p: number) => {
    const place = p * (sorted.length - 1)
    const [low, high] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
    return low + (place % 1) * (high - low)
  }
  return [at(0.025), at(0.975)]
}
