/** The smallest and the greatest of some values. */
export type Extent = readonly [low: number, high: number]

/**
 * From where to where an axis goes that shows these values: never of width 0. Undefined where there is none, or where
 * they lie too far apart for a number to hold their distance.
 */
export function extentOf(values: Iterable<number | null | undefined>): Extent | undefined {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (typeof value !== 'number' || !Number.isFinite(value)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  if (!Number.isFinite(high - low)) return undefined
  // what differs in its last digits only is drawn as the same
  const least = Math.max(Math.abs(low), Math.abs(high)) * 1e-9
  if (high - low > least) return [low, high]
  const pad = high === 0 ? 1 : Math.max(Math.abs(high) * 0.05, Number.MIN_VALUE * 1e6)
  return [low - pad, high + pad]
}
