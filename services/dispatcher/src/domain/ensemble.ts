/**
 * What may happen to an ensemble, as decisions on its record. Members are not part of it: they are runs, and each of
 * these decisions costs the same however many there are. What ends it is judged from `MemberFacts`, read after the
 * record: feeding, the only thing that adds members, changes the record, so that a decision on older facts meets a
 * conflict and is made again.
 */
import { isEnded, type EnsembleChange, type FailurePolicy, type ProblemError } from '@carya/contracts'
import { failedOf, hasNew, type EnsembleRecord, type MemberFacts } from './ensemble-record.ts'

export type EnsembleDecision = { ensemble: EnsembleRecord } | { refused: string }

const next = (record: EnsembleRecord): EnsembleDecision => ({
  ensemble: { ...record, version: record.version + 1 },
})
const refuse = (refused: string): EnsembleDecision => ({ refused })

/** Its table was read: it has so many members. */
export function checked(record: EnsembleRecord, members: number): EnsembleDecision {
  if (record.state !== 'checking') return refuse(`it is ${record.state}`)
  return next({ ...record, state: 'running', members })
}

/** Its table has faults, or cannot be read. */
export function faulty(record: EnsembleRecord, errors: ProblemError[], now: string): EnsembleDecision {
  if (record.state !== 'checking') return refuse(`it is ${record.state}`)
  const reason = 'its table cannot be taken'
  return next({ ...record, state: 'failed', results: 'failed', errors, reason, endedAt: now })
}

export function pause(record: EnsembleRecord): EnsembleDecision {
  if (record.state === 'checking') return refuse('its table is still being read')
  if (isEnded(record.state)) return refuse(`it has ended: it is ${record.state}`)
  if (isEnding(record)) return refuse('it is being ended')
  if (record.state === 'paused') return refuse('it is paused already')
  return next({ ...record, state: 'paused' })
}

export function resume(record: EnsembleRecord): EnsembleDecision {
  if (record.state !== 'paused') return refuse(`it is not paused: it is ${record.state}`)
  if (isEnding(record)) return refuse('it is being ended')
  return next({ ...record, state: 'running' })
}

export function change(record: EnsembleRecord, { priority, maxParallel }: EnsembleChange): EnsembleDecision {
  if (isEnded(record.state)) return refuse(`it has ended: it is ${record.state}`)
  const { maxParallel: before, ...rest } = record
  const bound = maxParallel === undefined ? before : (maxParallel ?? undefined)
  return next({
    ...rest,
    priority: priority ?? record.priority,
    ...(bound === undefined ? {} : { maxParallel: bound }),
  })
}

/** Nothing more of it is fed from here on; it ends when no member lives any more. */
export function cancelEnsemble(record: EnsembleRecord, facts: MemberFacts, now: string): EnsembleDecision {
  if (isEnded(record.state)) return refuse(`it has ended: it is ${record.state}`)
  if (record.cancelRequested) return refuse('it is being cancelled already')
  const asked: EnsembleRecord = { ...record, cancelRequested: true }
  if (facts.live > 0) return next(asked)
  const results = record.members === undefined ? 'failed' : 'none'
  return next({ ...asked, state: 'cancelled', results, endedAt: now })
}

/**
 * Runs what failed again, and what was not run because of it. Which members that are is noted by the store in the same
 * commit, as one operation on sets of bits.
 */
export function rerun(record: EnsembleRecord, facts: MemberFacts): EnsembleDecision {
  if (record.state === 'checking') return refuse('its table is still being read')
  if (record.cancelRequested) return refuse('it was cancelled: submit it again')
  if (record.members === undefined) return refuse('its table has faults: submit it again')
  // members that are being stopped would end as cancelled in the new round
  if (isEnding(record)) return refuse('it is being ended: run it again when it has ended')
  const isCut = isEnded(record.state) && hasNew(record)
  if (failedOf(facts) + facts.cancelled === 0 && !isCut) return refuse('no member of it has failed')
  const { endedAt, givenUp, reason, ...rest } = record
  void [endedAt, givenUp, reason]
  const state = record.state === 'paused' ? 'paused' : 'running'
  return next({ ...rest, state, round: record.round + 1, results: 'none' })
}

/** Its results are there, or cannot be made. */
export function analysed(record: EnsembleRecord, results: 'complete' | 'failed'): EnsembleDecision {
  if (!isEnded(record.state)) return refuse('it goes on')
  if (record.results === results) return refuse('known already')
  return next({ ...record, results })
}

/** What the members' ends mean for it: that its policy gives it up, that it has ended, or nothing (refused). */
export function settle(
  record: EnsembleRecord,
  facts: MemberFacts,
  policy: FailurePolicy,
  now: string,
): EnsembleDecision {
  if (isEnded(record.state) || record.state === 'checking') return refuse(`it is ${record.state}`)
  const failed = failedOf(facts)
  if (record.cancelRequested)
    return facts.live > 0
      ? refuse('members are being stopped')
      : next({ ...record, state: 'cancelled', endedAt: now })
  const why = record.givenUp ?? broken(policy, failed, record.members ?? 0)
  if (why !== undefined) {
    if (facts.live === 0) return next({ ...record, givenUp: why, reason: why, state: 'failed', endedAt: now })
    return record.givenUp === undefined
      ? next({ ...record, givenUp: why })
      : refuse('members are being stopped')
  }
  if (facts.live > 0 || facts.hasAgain || hasNew(record)) return refuse('it goes on')
  const ended: EnsembleRecord = { ...record, endedAt: now }
  if (facts.succeeded === 0) return next({ ...ended, state: 'failed', reason: 'no member has succeeded' })
  return next({ ...ended, state: failed + facts.cancelled > 0 ? 'partial' : 'succeeded' })
}

/** Whether what lives of it is to be cancelled. */
export function isEnding(record: EnsembleRecord): boolean {
  return !isEnded(record.state) && (record.cancelRequested === true || record.givenUp !== undefined)
}

/** Why the policy gives it up; undefined while it does not. */
function broken(policy: FailurePolicy, failed: number, members: number): string | undefined {
  switch (policy.policy) {
    case 'continue':
      return undefined
    case 'stop':
      return failed > 0 ? 'a member has failed, and its failure policy is to stop then' : undefined
    case 'tolerate':
      return failed - policy.share * members > ROUNDING
        ? `${failed} of ${members} members have failed, and its failure policy tolerates ${percentOf(policy.share)} %`
        : undefined
  }
}

/** Of 100 members 0.29 is 28.999999999999996, and yet 29 of them are tolerated. */
const ROUNDING = 1e-6

function percentOf(share: number): number {
  return Number((share * 100).toPrecision(6))
}
