/**
 * What a host holds that the record does not know of: Redis was emptied, or put back to an older time (H3, H4). An
 * attempt's number only grows, so one with a higher number than the record has given out comes from a time that Redis
 * has forgotten; the record is brought forward to it, and never back. A record that names another attempt with the
 * same number or a higher one stands.
 */
import type { Finished, HeldReport, Token } from '@carya/contracts'
import { grant, refuse, withLast, type Decision, type Effect } from './decision.ts'
import { recordOf } from './job.ts'
import { isCurrent, takenUp, type AttemptRecord, type RunRecord } from './record.ts'

/** Whether the record is older than this attempt. */
export function isOlder(run: RunRecord, token: Token): boolean {
  return run.endedAt === undefined && token.attempt > run.lastAttempt
}

/** A worker holds an attempt (report `held`): the record becomes `running` with it, if it is older or was only queued. */
export function find(run: RunRecord, held: HeldReport): Decision {
  const current = run.attempts.at(-1)
  const same = isCurrent(run, held)
  if (same && run.state === 'running')
    return refuse(current?.worker === held.worker ? 'known already' : `owned by ${current?.worker}`)
  if (!same && !isOlder(run, held))
    return refuse(`the run is ${run.state}, and names another attempt or none`)
  const { worker, at, container, startedAt } = held
  const facts: Partial<AttemptRecord> = {
    worker,
    claimedAt: at,
    ...(container === undefined ? {} : { container }),
    ...(startedAt === undefined ? {} : { startedAt }),
  }
  const forward = same ? run : broughtForward(run, held)
  const began = run.startedAt ?? forward.startedAt ?? startedAt
  const after: RunRecord = {
    ...takenUp(forward),
    version: Math.max(run.version, forward.version) + 1,
    state: 'running',
    attempts: withLast(forward, facts),
    ...(began === undefined ? {} : { startedAt: began }),
  }
  // what only waits for the grant is granted; what runs needs no order
  const effects: Effect[] = held.phase === 'claimed' ? [grant(after, held, worker)] : []
  return { run: after, effects: [...effects, { kind: 'changed' }] }
}

/** The end of an attempt that the record does not know yet: the record as it would have been when that came. */
export function asIfHeld(run: RunRecord, report: Finished): RunRecord {
  const { run: id, attempt, nonce, worker, at } = report
  const queuedAt = report.startedAt ?? at
  const attempts = [...run.attempts, { attempt, nonce, worker, queuedAt, claimedAt: queuedAt }]
  return { ...takenUp(run), id, state: 'running', lastAttempt: attempt, attempts }
}

/** The record with the attempt in it, by the job that its host keeps, or, where that is gone, by what is known. */
function broughtForward(run: RunRecord, held: HeldReport): RunRecord {
  const { attempt, nonce, at, job } = held
  if (!job) {
    const attempts = [...run.attempts, { attempt, nonce, queuedAt: held.startedAt ?? at }]
    return { ...run, lastAttempt: attempt, attempts }
  }
  const made = recordOf(job, held)
  const known = new Set(made.replies.map(({ to, correlationId }) => `${to} ${correlationId}`))
  return {
    ...run,
    ...made,
    // what was asked of the run since stays asked
    ...(run.cancelRequested ? { cancelRequested: true } : {}),
    replies: [
      ...made.replies,
      ...run.replies.filter(({ to, correlationId }) => !known.has(`${to} ${correlationId}`)),
    ],
  }
}
