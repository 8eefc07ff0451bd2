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
  const groups = grouped(scaled(y, kept, width), dimensions, seed)
  const whole = indicesOf(groups, new Uint32Array(groups.count).fill(1))
  if (whole === undefined) return undefined
  const spread = bootstrap(groups, seed)
  const indices = whole.map(({ first, total }, at) => {
    const [firstLow, firstHigh] = interval(spread.map((each) => each[at]!.first))
    const [totalLow, totalHigh] = interval(spread.map((each) => each[at]!.total))
    return { first, firstLow, firstHigh, total, totalLow, totalHigh }
  })
  return { rows, dropped: all - rows, indices }
}

type Index = { first: number; total: number }

/** Sums over groups of rows, side by side: `width` of them for each. */
type Groups = { sums: Float64Array; width: number; count: number }

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

/** Of each group: how many rows, Σ f over A and B, Σ f² over both, then for each parameter the sums of both indices. */
function grouped(rows: Float64Array, dimensions: number, seed: number): Groups {
  const members = dimensions + 2
  const all = rows.length / members
  const width = 3 + 2 * dimensions
  const count = Math.min(all, MOST_GROUPS)
  const sums = new Float64Array(count * width)
  for (let row = 0; row < all; row += 1) {
    const from = row * members
    const [a, b] = [rows[from]!, rows[from + members - 1]!]
    let at = width * (all === count ? row : among(draw(seed, 0, 'group', row)[0]!, count))
    sums[at++]! += 1
    sums[at++]! += a + b
    sums[at++]! += a * a + b * b
    for (let j = 1; j <= dimensions; j += 1) {
      const change = rows[from + j]! - a
      sums[at++]! += b * change
      sums[at++]! += change * change
    }
  }
  return { sums, width, count }
}

/** Indices of the groups, each counted so often; undefined where the result does not vary. */
function indicesOf({ sums, width, count }: Groups, times: Uint32Array): Index[] | undefined {
  const total = new Float64Array(width)
  for (let group = 0; group < count; group += 1) {
    const weight = times[group]!
    if (weight > 0) for (let i = 0; i < width; i += 1) total[i]! += weight * sums[group * width + i]!
  }
  const rows = total[0]!
  const mean = total[1]! / (2 * rows)
  const variance = total[2]! / (2 * rows) - mean * mean
  // rounding leaves something of a constant
  if (!(variance > 1e-24)) return undefined
  return Array.from({ length: (width - 3) / 2 }, (_, j) => ({
    first: total[3 + 2 * j]! / rows / variance,
    total: total[4 + 2 * j]! / rows / 2 / variance,
  }))
}

/** Indices of as many groups, drawn with replacement, again and again. */
function bootstrap(groups: Groups, seed: number): Index[][] {
  const result: Index[][] = []
  for (let again = 0; again < RESAMPLES; again += 1) {
    const times = new Uint32Array(groups.count)
    for (let left = groups.count; left > 0; left -= 4) {
      const words = draw(seed, 0, 'resample', left, again)
      for (let i = 0; i < Math.min(4, left); i += 1) times[among(words[i]!, groups.count)]! += 1
    }
    const indices = indicesOf(groups, times)
    if (indices !== undefined) result.push(indices)
  }
  return result
}

/** One of `count` places, by 32 random bits. */
function among(word: number, count: number): number {
  return Math.floor((word / 2 ** 32) * count)
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
