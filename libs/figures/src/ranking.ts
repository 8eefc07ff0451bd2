/** Which parameters mattered to a metric, and by which measure. */
import type { EnsembleSummary, Sensitivity } from '@carya/contracts'

/** One parameter's bar. Low and high are the ends of a confidence interval. */
export type Bar = {
  parameter: string
  /** Total Sobol’ index, standardised regression coefficient or rank correlation. */
  value: number
  low?: number | undefined
  high?: number | undefined
  /** First-order Sobol’ index. */
  first?: number | undefined
  firstLow?: number | undefined
  firstHigh?: number | undefined
  /** Whether the metric grows with the parameter: 1, −1, or 0 where nothing says so. A Sobol’ index has no sign itself. */
  sign: number
}

export type Measure = 'sobol' | 'src' | 'spearman'
export type Ranking = {
  measure: Measure
  /** The greatest first. */
  bars: Bar[]
  leftOut: number
  /** Of the regression. */
  r2?: number
}

const MOST_BARS = 10

/**
 * The parameters by the size of their effect on a metric: total Sobol’ indices where there are any, else rank
 * correlations, else standardised regression coefficients; undefined where there is none of them. `carya results` ranks
 * by the same.
 */
export function rank(summary: EnsembleSummary, metric: string): Ranking | undefined {
  const rows = summary.sensitivities.filter((row) => row.metric === metric)
  for (const measure of ['sobol', 'spearman', 'src'] as const) {
    const bars = rows.flatMap((row) => barOf(row, measure) ?? [])
    if (bars.length === 0) continue
    bars.sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || compare(a.parameter, b.parameter))
    const r2 = measure === 'src' ? rows.find((row) => isNumber(row.r2))?.r2 : undefined
    return {
      measure,
      bars: bars.slice(0, MOST_BARS),
      leftOut: Math.max(bars.length - MOST_BARS, 0),
      ...(isNumber(r2) && { r2 }),
    }
  }
  return undefined
}

function barOf(row: Sensitivity, measure: Measure): Bar | undefined {
  const { parameter } = row
  if (measure === 'sobol') {
    if (!isNumber(row.total)) return undefined
    const sign = Math.sign(row.spearman ?? row.src ?? 0)
    const { total: value, totalLow: low, totalHigh: high, first, firstLow, firstHigh } = row
    return { parameter, value, low, high, first, firstLow, firstHigh, sign }
  }
  const value = row[measure]
  return isNumber(value) ? { parameter, value, sign: Math.sign(value) } : undefined
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
/** By code units: the same everywhere, whatever the language of the machine. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
