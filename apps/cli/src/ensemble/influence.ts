/** Which parameters mattered most to a metric. */
import type { Sensitivity } from '@carya/contracts'

export type Influence = {
  parameter: string
  value: number
  measure: 'total' | 'spearman' | 'src'
}

/** The measures, the weightiest first: a total Sobol’ index also sees what is not monotonic, and what acts together. */
const MEASURES = ['total', 'spearman', 'src'] as const

export const measureWords = {
  total: 'total Sobol’ index: the share of the variance it has a part in, alone or with others',
  spearman: 'rank correlation (Spearman): −1 … +1, also of bent relations that only rise or fall',
  src: 'standardised regression coefficient: −1 … +1',
} as const

/**
 * The parameters of one metric, the most influential first, all by the same measure: the first of the measures that
 * any of them has. Empty for a metric that does not vary.
 */
export function influences(sensitivities: readonly Sensitivity[], metric: string): Influence[] {
  const own = sensitivities.filter((one) => one.metric === metric)
  for (const measure of MEASURES) {
    const found = own.flatMap(({ parameter, [measure]: value }) =>
      typeof value === 'number' ? [{ parameter, value, measure }] : [],
    )
    if (found.length > 0) return found.toSorted((one, other) => Math.abs(other.value) - Math.abs(one.value))
  }
  return []
}
