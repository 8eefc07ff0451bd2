/** A run as the dispatcher keeps it: what users see of it, and a little that only we need. */
import type { Finished, Job, RunView, Token } from '@carya/contracts'
import type { Cost } from './depth.ts'
import type { Decline } from './placement.ts'

export type Reply = { to: string; correlationId?: string }

/** A document's own fields: loose ones carry an index signature, which `Omit` would spread over all of them. */
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

export type RunRecord = Omit<Known<RunView>, 'progress' | 'preparing' | 'resources'> & {
  /** counts commits of this record: the compare-and-set works on it, and it makes event ids */
  version: number
  files: Job['files']
  /** what was asked, memory in bytes; an attempt gets more where `memory` says so */
  resources: Omit<Cost, 'disk'> & { memoryGrowth?: number; memoryMost?: number; disk?: number }
  /** bytes that the next attempt gets, once one ran out of what was asked */
  memory?: number
  /** seconds */
  lease: number
  /** highest attempt number given out; declined attempts leave gaps */
  lastAttempt: number
  /** failures of the model's own, counted against `retries` */
  modelFailures: number
  /** faults of hosts: the worker that had each, the same one perhaps again (H17) */
  hostFaults: string[]
  /** workers that declined it since it was last granted, latest last; a bounded number */
  declined?: Decline[]
  /** its submitter's share was charged for an attempt that nobody took up: the next one costs it nothing */
  isPaid?: true
  /** its deadline passed while it ran: it is being stopped, and ends as `timeout` */
  overdue?: boolean
  /** what makes its submission idempotent, and the hash of its body: kept so that it can be made again (H3) */
  submission?: { kind: 'key' | 'message'; key: string; body: string }
  /** who is told of the end */
  replies: Reply[]
  /** the winning attempt's folder, once there is a winner (H7) */
  folder?: string
  /** of a member: what varies among its ensemble's, and how often failed ones had been run again */
  varied?: string[]
  round?: number
}

export type AttemptRecord = RunRecord['attempts'][number]

/** The attempt that counts: the last one, unless the run is waiting or was never fed. */
export function currentAttempt(run: RunRecord): AttemptRecord | undefined {
  return run.state === 'queued' || run.state === 'running' ? run.attempts.at(-1) : undefined
}

/** Whether a token is that of the current attempt: anything else comes from the past (H5). */
export function isCurrent(run: RunRecord, token: Token): boolean {
  const current = currentAttempt(run)
  return current !== undefined && current.attempt === token.attempt && current.nonce === token.nonce
}

/** The run once a worker has taken it up: what mattered only while it waited is gone. */
export function takenUp(run: RunRecord): RunRecord {
  const { notBefore, declined, isPaid, ...rest } = run
  void [notBefore, declined, isPaid]
  return rest
}

/** Whether this worker's report of the attempt's end is on record. Only such a report says how it exited. */
export function hasReported(run: RunRecord, token: Token, worker: string): boolean {
  const { attempt, nonce } = token
  return run.attempts.some(
    (each) =>
      each.attempt === attempt &&
      each.nonce === nonce &&
      each.worker === worker &&
      each.exitCode !== undefined,
  )
}

/** In which of its submitter's lines a run waits. */
export function lineOf({ ensemble, priority }: Pick<RunRecord, 'ensemble' | 'priority'>): string {
  return ensemble ?? String(priority)
}

/** What the current attempt takes of a worker's room, or the next one will. */
export function costOf(run: RunRecord): Cost {
  const { cpus, memory, disk } = run.resources
  const now = currentAttempt(run)?.memory ?? run.memory ?? memory
  return { cpus, memory: now, ...(disk === undefined ? {} : { disk }) }
}

/** Why the worker of a running run is told to stop it; the first cause stays the cause. */
export function stopReason(run: RunRecord): 'cancelled' | 'deadline' | undefined {
  if (run.cancelRequested) return 'cancelled'
  return run.overdue ? 'deadline' : undefined
}

/** The run without what is only ours: the answer to `GET /v1/runs/:id` and the final reply. */
export function viewOf(run: RunRecord): RunView {
  const { version, files, memory, lastAttempt, modelFailures, hostFaults, ...rest } = run
  const { declined, isPaid, overdue, submission, replies, round, ...view } = rest
  void [version, files, memory, lastAttempt, modelFailures, hostFaults]
  void [declined, isPaid, overdue, submission, replies, round]
  const outputs = view.outputs?.map((output) => ({
    ...output,
    url: `/v1/runs/${run.id}/outputs/${output.name.split('/').map(encodeURIComponent).join('/')}`,
  }))
  return { ...view, ...(outputs ? { outputs } : {}) }
}

/**
 * An ended run as it is kept when Redis has forgotten it: what users see of it, and the texts of its parameter files,
 * which are too much for an answer but without which it could not be made again.
 */
export type EndedRun = RunView & { files?: Job['files'] | undefined; version?: number | undefined }

/** What lasts of a run. With its version, by which the end is the same event if it must be told again (H4). */
export function lastingOf(run: RunRecord): EndedRun {
  const { version, files } = run
  return { ...viewOf(run), ...(files.length > 0 ? { files } : {}), version }
}

/** What users see of it. */
export function shownOf({ files, version, ...view }: EndedRun): RunView {
  void [files, version]
  return view
}

/** What a finished report adds to its attempt. */
export function endOf(report: Finished): Partial<AttemptRecord> {
  const { container, startedAt, finishedAt, exitCode, usage, inputs, engine, version, failure } = report
  return {
    finishedAt,
    exitCode,
    ...(container === undefined ? {} : { container }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(usage === undefined ? {} : { usage }),
    ...(inputs === undefined ? {} : { inputs }),
    ...(engine === undefined ? {} : { engine }),
    ...(version === undefined ? {} : { version }),
    ...(failure === undefined ? {} : { failure }),
  }
}
