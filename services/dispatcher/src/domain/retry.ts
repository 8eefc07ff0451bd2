/**
 * Whether a failed run is tried again, and when. The model's own failures spend the run's `retries`; a host's
 * faults do not, but are bounded (H17), or a model that kills hosts would be tried for ever. Running out of memory
 * spends nothing either while the run may be given more.
 */
import { hostFaults, later, type Failure } from '@carya/contracts'
import { costOf, stopReason, type RunRecord } from './record.ts'

/** Bounds that an operator may set. */
export type Patience = {
  /** a run is tried on so many hosts that fail it */
  hosts: number
  /** and fails with so many faults of hosts in all */
  faults: number
}

export const PATIENCE: Patience = { hosts: 3, faults: 5 }

/** Where no `memoryMost` is given, memory grows to so many times what was asked. */
const MOST_GROWTH = 8
/** seconds */
const FIRST_DELAY = 1
const LONGEST_DELAY = 300

export type AfterFailure =
  | { again: true; notBefore: string; run: RunRecord }
  | { again: false; run: RunRecord; because?: string }

/** What a failure of the current attempt spends, and whether there is another try. `random` in [0, 1) is the jitter. */
export function afterFailure(
  run: RunRecord,
  failure: Failure,
  worker: string,
  now: string,
  random: number,
  patience: Patience,
): AfterFailure {
  const { spent, tries, run: counted } = count(run, failure, worker, patience)
  if (spent || stopReason(run) !== undefined) return { again: false, run: counted }
  const notBefore = later(now, backOff(tries, random))
  if (run.deadline !== undefined && notBefore >= run.deadline)
    return { again: false, run: counted, because: `no time for another try before its deadline` }
  return { again: true, notBefore, run: counted }
}

function count(run: RunRecord, failure: Failure, worker: string, patience: Patience) {
  if (hostFaults.has(failure.kind)) {
    const faults = [...run.hostFaults, worker]
    const spent = faults.length >= patience.faults || new Set(faults).size >= patience.hosts
    return { spent, tries: faults.length, run: { ...run, hostFaults: faults } }
  }
  const memory = failure.kind === 'out_of_memory' ? grown(run) : undefined
  if (memory !== undefined) return { spent: false, tries: 1, run: { ...run, memory } }
  const modelFailures = run.modelFailures + 1
  return { spent: modelFailures > run.retries, tries: modelFailures, run: { ...run, modelFailures } }
}

/** Bytes for the attempt after one that ran out of memory; undefined where it had all that it may have. */
export function grown(run: RunRecord): number | undefined {
  const { memory: asked, memoryGrowth, memoryMost = MOST_GROWTH * asked } = run.resources
  const had = costOf(run).memory
  if (memoryGrowth === undefined || had >= memoryMost) return undefined
  return Math.min(Math.ceil(had * memoryGrowth), memoryMost)
}

/** Seconds before try `n` + 1: doubling from one second, half of it jitter. */
export function backOff(n: number, random: number): number {
  const whole = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (n - 1))
  return whole / 2 + (whole / 2) * random
}
