/** Standardised regression coefficients. */

/** A pivot of the correlation matrix below this says that a column is (nearly) a sum of others. */
const LEAST_PIVOT = 1e-8

export type Regression = { coefficients: (number | null)[]; r2: number | null; count: number }

/**
 * Least squares of y on all columns, everything in units of its standard deviation, so that coefficients can be set
 * against one another (Saltelli et al. 2008, "Global Sensitivity Analysis: The Primer", 1.2.5). Members with a NaN
 * anywhere are left out; `count` is of those used. A constant column has the coefficient null; all are null where y is
 * constant, columns depend on one another, or there are too few members to tell.
 */
export function regression(columns: readonly Float64Array[], y: Float64Array): Regression {
  const kept: number[] = []
  for (let i = 0; i < y.length; i += 1)
    if (Number.isFinite(y[i]!) && columns.every((column) => Number.isFinite(column[i]!))) kept.push(i)
  const count = kept.length
  const none: Regression = { coefficients: columns.map(() => null), r2: null, count }
  const target = standardised(y, kept)
  const all = columns.map((column) => standardised(column, kept))
  const used = all.filter((each) => each !== undefined)
  if (target === undefined || used.length === 0 || count < used.length + 2) return none
  const matrix = used.map((a) => used.map((b) => dot(a, b)))
  const right = used.map((a) => dot(a, target))
  const solved = solve(matrix, right)
  if (solved === undefined) return none
  const r2 = solved.reduce((sum, b, at) => sum + b * right[at]!, 0)
  let next = 0
  const coefficients = all.map((each) => (each === undefined ? null : solved[next++]!))
  return { coefficients, r2: Math.min(Math.max(r2, 0), 1), count }
}

/** Less its mean and of length 1, so that products are correlations; undefined where it is constant. */
function standardised(values: Float64Array, kept: readonly number[]): Float64Array | undefined {
  const result = Float64Array.from(kept, (i) => values[i]!)
  if (result.every((value) => value === result[0])) return undefined
  const mean = result.reduce((sum, value) => sum + value / result.length, 0)
  const most = result.reduce((largest, value) => Math.max(largest, Math.abs(value - mean)), 0)
  // by the largest, so that no square is infinite or zero
  for (const [at, value] of result.entries()) result[at] = (value - mean) / most
  const length = Math.sqrt(dot(result, result))
  return Number.isFinite(length) && length > 0 ? result.map((value) => value / length) : undefined
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!
  return sum
}

/** Solves a positive definite system by Cholesky's decomposition; undefined where it is nearly singular. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] | undefined {
  const size = right.length
  const l = matrix.map((row) => [...row])
  const x = [...right]
  for (let i = 0; i < size; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = l[i]![j]!
      for (let k = 0; k < j; k += 1) sum -= l[i]![k]! * l[j]![k]!
      if (i !== j) l[i]![j] = sum / l[j]![j]!
      else if (sum < LEAST_PIVOT) return undefined
      else l[i]![i] = Math.sqrt(sum)
    }
    for (let k = 0; k < i; k += 1) x[i]! -= l[i]![k]! * x[k]!
    x[i]! /= l[i]![i]!
  }
  for (let i = size - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < size; k += 1) x[i]! -= l[k]![i]! * x[k]!
    x[i]! /= l[i]![i]!
  }
  return x
}
