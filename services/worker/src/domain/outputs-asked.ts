/** What is to be looked for in the outputs of an attempt: all of it stands in its job. */
import { placedNames, type Job, type Placing, type Setup } from '@carya/contracts'
import type { OutputsLimit } from './outputs-limit.ts'

export type OutputsAsked = Pick<Setup, 'outputs' | 'metrics'> & {
  /** names that are not the model's: of files that it was given */
  leaveOut: readonly string[]
  limit: OutputsLimit
}

/** Whether a run can fail by what it has written, or gives metrics that are taken from that. */
export function asksOfOutputs({ setup }: Pick<Job, 'setup'>): boolean {
  return Object.keys({ ...setup?.outputs, ...setup?.metrics }).length > 0
}

/** `job`: absent where it is not known any more; then nothing is looked for. */
export function outputsAsked(job: Placing | undefined, limit: OutputsLimit): OutputsAsked {
  const { outputs, metrics } = job?.setup ?? {}
  return {
    leaveOut: job ? placedNames(job) : [],
    limit,
    ...(outputs ? { outputs } : {}),
    ...(metrics ? { metrics } : {}),
  }
}
