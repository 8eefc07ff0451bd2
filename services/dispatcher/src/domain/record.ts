/** A run as the dispatcher keeps it: what users see of it, and a little that only we need. */
import type { Finished, Job, RunView, Token } from '@carya/contracts'

export type Reply = { to: string; correlationId?: string }

/** A document's own fields: loose ones carry an index signature, which `Omit` would spread over all of them. */
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

export type RunRecord = Omit<Known<RunView>, 'progress'> & {
  /** counts commits of this record: the compare-and-set works on it, and it makes event ids */
  version: number
  command?: string[]
  files: Job['files']
  /** seconds */
  lease: number
  /** highest attempt number given out; declined attempts leave gaps */
  lastAttempt: number
  /** failures of the model's own, counted against `retries` */
  modelFailures: number
  /** faults of hosts, and the hosts that had them (H17) */
  hostFaults: string[]
  /** not to be fed before this time */
  notBefore?: string
  /** who is told of the end */
  replies: Reply[]
  /** the winning attempt's folder, once there is a winner (H7) */
  folder?: string
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

/** The run without what is only ours: the answer to `GET /v1/runs/:id` and the final reply. */
export function viewOf(run: RunRecord): RunView {
  const { version, command, files, lease, lastAttempt, modelFailures, hostFaults, replies, folder, ...view } =
    run
  void [version, command, files, lease, lastAttempt, modelFailures, hostFaults, replies]
  const outputs = view.outputs?.map((output) => ({
    ...output,
    url: `/v1/runs/${run.id}/outputs/${output.name.split('/').map(encodeURIComponent).join('/')}`,
  }))
  return { ...view, ...(folder === undefined ? {} : { folder }), ...(outputs ? { outputs } : {}) }
}

/** The job of the run's current attempt: complete in itself. */
export function jobOf(run: RunRecord): Job {
  const attempt = run.attempts.at(-1)
  if (!attempt) throw new Error(`run ${run.id} has no attempt to make a job of`)
  const { id, submitter, model, image, command, params, inputs, files, resources, timeout, lease, pool } = run
  return {
    v: 1,
    run: id,
    attempt: attempt.attempt,
    nonce: attempt.nonce,
    submitter,
    model,
    image,
    params,
    inputs,
    files,
    resources,
    timeout,
    lease,
    pool,
    needs: [],
    queuedAt: attempt.queuedAt,
    ...(command ? { command } : {}),
    ...(run.ensemble === undefined ? {} : { ensemble: run.ensemble, index: run.index }),
  }
}

/** What a finished report adds to its attempt. */
export function endOf(report: Finished): Partial<AttemptRecord> {
  const { container, startedAt, finishedAt, exitCode, usage, failure } = report
  return {
    finishedAt,
    exitCode,
    ...(container === undefined ? {} : { container }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(usage === undefined ? {} : { usage }),
    ...(failure === undefined ? {} : { failure }),
  }
}
