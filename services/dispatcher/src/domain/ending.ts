/**
 * How an attempt's end moves its run. Of a run that is being stopped the first cause stays the cause: one that was
 * cancelled ends as `cancelled`, one whose deadline passed as `timeout`, and is not tried again. A model that ended
 * by itself before the signal reached it keeps what it came to (H16).
 */
import { hostFaults, type Failure, type Finished } from '@carya/contracts'
import { change, end, letGo, next, refuse, withLast, type Decision } from './decision.ts'
import { endOf, isCurrent, stopReason, takenUp, type AttemptRecord, type RunRecord } from './record.ts'
import { afterFailure, type Patience } from './retry.ts'

/** The time of a decision, its random number in [0, 1), and the operator's bounds. */
export type At = { now: string; random: number; patience: Patience }

/** The worker's last report of an attempt. Whoever sent it may let go: a record names another attempt, or this end. */
export function finish(run: RunRecord, report: Finished, at: At): Decision {
  const settled = letGo(report.worker, 'settled', report, run)
  const current = run.attempts.at(-1)
  // a claim's commit may be lost with Redis' last write (H4): then the end comes for a queued run, and counts
  if (!isCurrent(run, report) || (current?.worker !== undefined && current.worker !== report.worker))
    return refuse('the attempt is not the current one', settled)
  const ending = { worker: report.worker, ...endOf(report) }
  const stopped = report.outcome === 'stopped'
  if (report.outcome === 'succeeded' || (stopped && run.cancelRequested)) {
    const state = stopped ? 'cancelled' : 'succeeded'
    const attempts = withLast(run, ending)
    return end({ ...withResult(run, report), state, attempts, endedAt: report.finishedAt }, settled)
  }
  const failure = report.failure ?? stopFailure(run)
  const failed = fail(run, ending, failure, at, report)
  return { ...failed, effects: [settled, ...failed.effects] }
}

/** An attempt that failed: another try, or the end of the run. */
export function fail(
  run: RunRecord,
  ending: Partial<AttemptRecord>,
  failure: Failure,
  { now, random, patience }: At,
  report?: Finished,
): Decision {
  const failed: RunRecord = { ...run, attempts: withLast(run, { ...ending, failure }) }
  const worker = failed.attempts.at(-1)?.worker ?? 'unknown'
  const then = afterFailure(failed, failure, worker, now, random, patience)
  if (then.again) return change({ ...takenUp(then.run), state: 'pending', notBefore: then.notBefore })
  const done: RunRecord = { ...(report ? withResult(then.run, report) : then.run), endedAt: now }
  // a stop that was waiting for the host's word is kept when the host is gone
  const stop = hostFaults.has(failure.kind) ? stopReason(run) : undefined
  if (stop === 'cancelled') return end({ ...done, state: 'cancelled', failure })
  if (stop === 'deadline') return end({ ...done, state: 'failed', failure: deadlineFailure(run) })
  const detail = then.because === undefined ? failure.detail : `${failure.detail}; ${then.because}`
  return end({ ...done, state: 'failed', failure: { ...failure, detail } })
}

/** The deadline came: what waits ends now, what runs is stopped and ends with its worker's report. */
export function miss(run: RunRecord, now: string): Decision {
  if (run.endedAt !== undefined) return refuse(`the run is ${run.state} already`)
  if (run.deadline === undefined || run.deadline > now) return refuse('its deadline has not passed')
  if (run.state !== 'running')
    return end({ ...run, state: 'failed', failure: deadlineFailure(run), endedAt: now })
  return stopping(run, { overdue: true })
}

/** A cancel, in every state. */
export function cancel(run: RunRecord, now: string): Decision {
  if (run.endedAt !== undefined) return refuse(`the run is ${run.state} already`)
  return run.state === 'running' ? stopping(run, { cancelRequested: true }) : cancelled(run, now)
}

/** The end of a cancelled run that no worker holds. */
export function cancelled(run: RunRecord, now: string): Decision {
  return end({ ...run, state: 'cancelled', cancelRequested: true, endedAt: now })
}

/** Has a running run stopped: with this decision, and again with the answer to every heartbeat (H2). */
function stopping(run: RunRecord, cause: { cancelRequested: true } | { overdue: true }): Decision {
  const known = stopReason(run)
  const after: RunRecord = known === undefined ? { ...run, ...cause } : run
  const { attempt, nonce, worker } = run.attempts.at(-1)!
  const reason = stopReason(after)!
  const order = { do: 'stop' as const, run: run.id, attempt, nonce, reason }
  const effects = worker === undefined ? [] : [{ kind: 'order' as const, worker, order }]
  if (known !== undefined) return refuse('being stopped already, waiting for the worker', ...effects)
  return { run: next(after), effects }
}

/** Why a stopped attempt failed: an order of ours, or nobody's. */
function stopFailure(run: RunRecord): Failure {
  if (run.overdue) return deadlineFailure(run)
  return { kind: 'engine_error', detail: 'stopped without an order of ours' }
}

function deadlineFailure({ deadline, startedAt, state }: RunRecord): Failure {
  const when =
    state === 'running'
      ? 'while the model ran, which was stopped'
      : startedAt === undefined
        ? 'before it could be started'
        : 'before it could be tried again'
  return { kind: 'timeout', detail: `the deadline of the run, ${deadline}, passed ${when}` }
}

function withResult(run: RunRecord, report: Finished): RunRecord {
  const { metrics, outputs, outputsTotal, logTail, folder } = report
  // of the first attempt the engine's own word goes before the worker's clock, which is read a little later
  const isFirst = run.attempts.length === 1
  const startedAt = (isFirst ? report.startedAt : run.startedAt) ?? run.startedAt ?? report.startedAt
  const result = { metrics, outputs, outputsTotal, logTail, folder }
  return { ...run, ...result, ...(startedAt === undefined ? {} : { startedAt }) }
}
