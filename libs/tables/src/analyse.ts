import type { EnsembleSummary } from '@carya/contracts'
import { inChild } from './in-child.ts'
import type { Analysis } from './task.ts'

/**
 * Makes the results of an ensemble from its rows: `results/` with `results.parquet`, `results.csv`, `quantiles.csv`,
 * `sensitivity.csv` and, last, `summary.json`, which it returns. Each file is whole or not there. It may be killed at
 * any point and called again: from the same rows come the same bytes. One call at a time for one ensemble.
 */
export function analyse(analysis: Analysis, signal?: AbortSignal): Promise<EnsembleSummary> {
  return inChild({ kind: 'analyse', analysis }, signal)
}
