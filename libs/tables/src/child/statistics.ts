/** What is said of the values of one metric. Pure. */

export const SHARES = [0.05, 0.25, 0.5, 0.75, 0.95] as const
const MOST_BINS = 60

export type Statistics = {
  count: number
  mean: number
  sd: number
  min: number
  max: number
  quantiles: [number, number, number, number, number]
  histogram: { edges: number[]; counts: number[] }
}

/** Of finite numbers; undefined of none. `sd` is that of a sample (n − 1), 0 of a single one. */
export function describe(values: Float64Array): Statistics | undefined {
  const sorted = values.toSorted()
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (min === undefined || max === undefined) return undefined
  // sums of scaled values cannot overflow
  const scale = Math.max(-min, max) || 1
  const mean = min === max ? min / scale : sum(values, (value) => value / scale) / values.length
  const squares = sum(values, (value) => (value / scale - mean) ** 2)
  const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0
  const [q05, q25, q50, q75, q95] = SHARES.map((share) => quantile(sorted, share))
  return {
    count: values.length,
    mean: mean * scale,
    sd: Math.min(sd * scale, Number.MAX_VALUE),
    min,
    max,
    quantiles: [q05!, q25!, q50!, q75!, q95!],
    histogram: histogram(sorted, q75! - q25!),
  }
}

/** A sum that loses nothing to its length (Neumaier 1974). */
function sum(values: Float64Array, of: (value: number) => number): number {
  let [total, lost] = [0, 0]
  for (const value of values) {
    const next = of(value)
    const grown = total + next
    lost += Math.abs(total) >= Math.abs(next) ? total - grown + next : next - grown + total
    total = grown
  }
  return total + lost
}

/** By linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, as R and NumPy do). */
export function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const below = Math.floor(at)
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!]
  const part = at - below
  return part === 0 || low === high ? low : low * (1 - part) + high * part
}

/** Bins of equal width, 2·IQR·n^(−1/3) wide (Freedman and Diaconis 1981) or Sturges' number of them where IQR is 0. */
function histogram(sorted: Float64Array, iqr: number): { edges: number[]; counts: number[] } {
  const [min, max] = [sorted[0]!, sorted.at(-1)!]
  if (min === max) {
    const half = Math.abs(min) / 20 || 0.5
    return { edges: [min - half, min + half], counts: [sorted.length] }
  }
  // halves first: the range of doubles may be no double
  const half = max / 2 - min / 2
  const width = iqr * sorted.length ** (-1 / 3)
  const wanted = width > 0 ? half / width : Math.log2(sorted.length) + 1
  const bins = Math.max(1, Math.min(MOST_BINS, Math.ceil(wanted)))
  const edges = Array.from({ length: bins + 1 }, (_, i) =>
    Math.min(max, Math.max(min, min * (1 - i / bins) + max * (i / bins))),
  )
  edges[0] = min
  edges[bins] = max
  const counts = Array.from({ length: bins }, () => 0)
  let bin = 0
  for (const value of sorted) {
    while (bin < bins - 1 && value >= edges[bin + 1]!) bin += 1
    counts[bin]! += 1
  }
  return { edges, counts }
}
