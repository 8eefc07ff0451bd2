/**
 * Whether a report counts, and what it does. It counts only from whom it names (the broker has checked the login)
 * and only with the current attempt's token: that `decide` judges. A report of a run that is not known changes
 * nothing, and its sender keeps what it holds (H3).
 */
import {
  DISPATCHER_USER,
  milliseconds,
  workerUser,
  type HeldReport,
  type Report,
  type Resolved,
} from '@carya/contracts'
import type { Log } from '@carya/amqp'
import { isToDrain } from '../domain/drain.ts'
import type { RunEvent } from '../domain/run.ts'
import type { Clock, Gate, Orders, WorkerStore } from '../ports.ts'
import { expired, isTimely } from '../domain/lease.ts'
import type { ChangeRun } from './change-run.ts'
import type { RebuildRun } from './rebuild-run.ts'

export type ApplyReportParts = {
  change: ChangeRun
  workers: WorkerStore
  resolved: (report: Resolved) => Promise<void>
  listeningSince: () => number | undefined
  gate: Gate
  rebuild: RebuildRun
  orders: Orders
  clock: Clock
  log: Log
}

/** Applies a report; answers why it did not count, for the log, or undefined. */
export type ApplyReport = (report: Report, userId: string | undefined) => Promise<string | undefined>

export function applyReport({
  change,
  workers,
  resolved,
  listeningSince,
  gate,
  rebuild,
  orders,
  clock,
  log,
}: ApplyReportParts): ApplyReport {
  return async (report, userId) => {
    const sender = report.kind === 'expire' ? DISPATCHER_USER : workerUser(report.worker)
    if (userId !== sender) return `sent by ${userId ?? 'nobody'}, only ${sender} may`
    if (report.kind === 'resolved') {
      await resolved(report)
      return undefined
    }
    if (report.kind === 'held') return rebuild(report)
    if (report.kind === 'expire' && !(await stillExpired(report)))
      return 'the lease was renewed meanwhile, or cannot be judged'
    const event = eventOf(report)
    if (event.type === 'claimed') event.isDraining = isToDrain(await workers.wish(report.worker))
    const decision = await change(report.run, event)
    if (decision === 'unknown') {
      const { run, attempt, nonce, kind } = report
      // its sender keeps what it holds, and tells of it: from that the record is made again
      if (kind !== 'expire' && kind !== 'declined')
        orders.send(report.worker, [{ do: 'keep', run, attempt, nonce, tell: true }])
      return 'the run is not known'
    }
    if ('refused' in decision) return decision.refused
    log.info(
      { run: report.run, attempt: report.attempt, report: report.kind, state: decision.run.state },
      'run changed',
    )
    return undefined
  }

  /** An expiry waited in the queue behind other reports: a beat may have come since. */
  async function stillExpired(report: Extract<Report, { kind: 'expire' }>): Promise<boolean> {
    const { worker, run, attempt, nonce } = report
    if (!gate.isOpen() || !isTimely(milliseconds(report.at), clock.now())) return false
    const known = await workers.find(worker)
    if (!known) return false
    const held = (await workers.held(worker)).filter(
      (each) => each.run === run && each.attempt === attempt && each.nonce === nonce,
    )
    return expired(held, known.lastBeat, listeningSince(), clock.now()).length > 0
  }
}

/** What a report of an attempt says has happened to its run. */
export function eventOf(report: Exclude<Report, Resolved | HeldReport>): RunEvent {
  const token = { run: report.run, attempt: report.attempt, nonce: report.nonce }
  switch (report.kind) {
    case 'claimed':
      return { type: 'claimed', token, worker: report.worker, at: report.at }
    case 'started':
      return {
        type: 'started',
        token,
        worker: report.worker,
        container: report.container,
        startedAt: report.startedAt,
      }
    case 'finished':
      return { type: 'finished', report }
    case 'declined':
      return { type: 'declined', token, worker: report.worker, reason: report.reason }
    case 'expire':
      return {
        type: 'lost',
        token,
        failure: { kind: 'worker_lost', detail: 'the worker was silent for longer than its lease' },
      }
  }
}
