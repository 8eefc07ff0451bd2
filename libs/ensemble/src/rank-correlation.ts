/** Spearman's rank correlation. */

/**
 * Spearman's ρ: Pearson's correlation of the ranks, ties at the mean of theirs (Spearman 1904). Pairs with a NaN are left
 * out; null where fewer than two are left or one side is constant.
 */
export function rankCorrelation(x: Float64Array, y: Float64Array): number | null {
  const kept: number[] = []
  for (let i = 0; i < x.length; i += 1) if (Number.isFinite(x[i]!) && Number.isFinite(y[i]!)) kept.push(i)
  const ranksX = ranks(Float64Array.from(kept, (i) => x[i]!))
  const ranksY = ranks(Float64Array.from(kept, (i) => y[i]!))
  const mean = (kept.length + 1) / 2
  let [xx, yy, xy] = [0, 0, 0]
  for (let i = 0; i < kept.length; i += 1) {
    const [dx, dy] = [ranksX[i]! - mean, ranksY[i]! - mean]
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  return xx === 0 || yy === 0 ? null : Math.min(Math.max(xy / Math.sqrt(xx * yy), -1), 1)
}

/** Ranks from 1, equal values at the mean of theirs: a sort without a comparison of our own, and two searches a value. */
function ranks(values: Float64Array): Float64Array {
  const sorted = values.toSorted()
  return values.map((value) => (countBelow(sorted, value, false) + countBelow(sorted, value, true) + 1) / 2)
}

function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1
    else high = middle
  }
  return low
}
