/**
 * A run as a job, and back. A job is complete in itself: what its worker needs stands in it by name, and the rest of
 * the run's record travels along in `record`, unknown fields of a newer version too. The host keeps it beside the
 * outputs, and so a record that Redis has lost is made again from it (H3).
 */
import { mayReplyTo, type HeldReport, type Job, type JobRecord } from '@carya/contracts'
import { memberOf } from './member.ts'
import { costOf, type Reply, type RunRecord } from './record.ts'
import { needsOf } from './setup.ts'

/** The job of the run's current attempt. */
export function jobOf(run: RunRecord): Job {
  const attempt = run.attempts.at(-1)
  if (!attempt) throw new Error(`run ${run.id} has no attempt to make a job of`)
  const { id, submitter, model, image, command, params, inputs, files, ...rest } = run
  const { setup, timeout, lease, pool, v, state, ensemble, index, ...record } = rest
  void state
  return {
    v,
    run: id,
    attempt: attempt.attempt,
    nonce: attempt.nonce,
    submitter,
    model,
    image,
    params,
    inputs,
    files,
    resources: costOf(run),
    timeout,
    lease,
    pool,
    needs: needsOf(run),
    queuedAt: attempt.queuedAt,
    ...(command ? { command } : {}),
    ...(setup ? { setup } : {}),
    ...(ensemble === undefined ? {} : { ensemble, index }),
    record,
  }
}

/** What a worker says of the attempt that it holds. */
export type HeldFacts = Pick<HeldReport, 'worker' | 'at' | 'container' | 'startedAt'>

/**
 * The record of a run as its worker holds it: running, owned by that worker. It is what `jobOf` was given, with the
 * grant. Of a job made by a version that sent no record, what was never said has its default.
 */
export function recordOf(job: Job, held: HeldFacts): RunRecord {
  const { v, run, attempt, nonce, submitter, model, image, command, params, inputs, files } = job
  const { setup, resources, timeout, lease, pool, queuedAt, record = {} } = job
  const { worker, at, container, startedAt } = held
  const { attempts = [], replies = [], version = 1, ...rest } = record
  const known = attempts.find((each) => each.attempt === attempt && each.nonce === nonce)
  const began = record.startedAt ?? startedAt
  return {
    ...rest,
    retries: record.retries ?? 0,
    priority: record.priority ?? 0,
    labels: record.labels ?? {},
    createdAt: record.createdAt ?? queuedAt,
    modelFailures: record.modelFailures ?? 0,
    hostFaults: record.hostFaults ?? [],
    resources: askedResources(record.resources ?? resources),
    v,
    id: run,
    state: 'running',
    version: version + 1,
    lastAttempt: Math.max(attempt, record.lastAttempt ?? 0),
    submitter,
    model,
    image,
    params,
    inputs,
    files,
    timeout,
    lease,
    pool,
    ...(command ? { command } : {}),
    ...(setup ? { setup } : {}),
    // its id says it, whatever its host does
    ...memberOf(run),
    ...(began === undefined ? {} : { startedAt: began }),
    attempts: [
      ...attempts.filter((each) => each.attempt < attempt),
      {
        ...(known ?? { attempt, nonce, queuedAt }),
        worker,
        claimedAt: at,
        ...(container === undefined ? {} : { container }),
        ...(startedAt === undefined ? {} : { startedAt }),
      },
    ],
    // it comes from a worker: only the dispatcher's own rule lets it name a queue to answer into
    replies: replies.filter(({ to }) => mayReplyTo(to, submitter)).map(replyOf),
  }
}

/** What a run asks, as records have it: without fields that are there and undefined. */
export function askedResources({
  memoryGrowth,
  memoryMost,
  disk,
  ...resources
}: NonNullable<JobRecord['resources']>): RunRecord['resources'] {
  return {
    ...resources,
    ...(memoryGrowth === undefined ? {} : { memoryGrowth }),
    ...(memoryMost === undefined ? {} : { memoryMost }),
    ...(disk === undefined ? {} : { disk }),
  }
}

function replyOf({ to, correlationId }: { to: string; correlationId?: string | undefined }): Reply {
  return correlationId === undefined ? { to } : { to, correlationId }
}
