/**
 * Whether a failed run is tried again, and when. The model's own failures spend the run's `retries`; a host's
 * faults do not, but are bounded (H17), or a model that kills hosts would be tried for ever.
 */
import { later } from '@carya/contracts'
import type { RunRecord } from './record.ts'

const HOSTS = 3
const FAULTS = 5
/** seconds */
const FIRST_DELAY = 1
const LONGEST_DELAY = 300

export type AfterFailure = { again: true; notBefore: string } | { again: false }

/** `run` has the failure counted already; `now` is RFC 3339; `random` in [0, 1) is the jitter. */
export function afterFailure(run: RunRecord, isHosts: boolean, now: string, random: number): AfterFailure {
  if (run.cancelRequested) return { again: false }
  const spent = isHosts
    ? run.hostFaults.length >= FAULTS || new Set(run.hostFaults).size >= HOSTS
    : run.modelFailures > run.retries
  if (spent) return { again: false }
  const delay = backOff(isHosts ? run.hostFaults.length : run.modelFailures, random)
  return { again: true, notBefore: later(now, delay) }
}

/** Seconds before try `n` + 1: doubling from one second, half of it jitter. */
export function backOff(n: number, random: number): number {
  const whole = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (n - 1))
  return whole / 2 + (whole / 2) * random
}
