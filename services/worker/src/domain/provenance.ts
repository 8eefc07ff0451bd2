/** What made an attempt's outputs, from the job that was taken and the report of its end. */
import type { EngineRead, Finished, Job, Provenance } from '@carya/contracts'

/** What is the same for all attempts of this process: the engine, and this worker's own version. */
export type Maker = { pool: string; engine: EngineRead; version: string }

export type RenderedFile = Provenance['files'][number]

/** The document that stands beside the outputs. `files`: the job's rendered files, hashed. */
export function provenanceOf(
  job: Job,
  report: Finished,
  files: RenderedFile[],
  { pool, engine, version }: Maker,
): Provenance {
  const { run, attempt, nonce, worker, outcome, container, startedAt, finishedAt, exitCode } = report
  const { failure, usage, metrics, outputs, outputsTotal, notes } = report
  const { ensemble, index, submitter, model, image, command, params, setup, resources, timeout } = job
  // a field that only a record has: it travels with it as unknown fields do
  const { labels, reproduces } = job.record ?? {}
  return {
    v: 1,
    run,
    attempt,
    nonce,
    ...(ensemble === undefined ? {} : { ensemble, index }),
    ...(typeof reproduces === 'string' ? { reproduces } : {}),
    submitter,
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    model,
    image,
    ...(command ? { command } : {}),
    params,
    files,
    inputs: Object.fromEntries(
      Object.entries(job.inputs).map(([name, input]) => [name, { ...input, ...report.inputs?.[name] }]),
    ),
    ...(setup ? { setup } : {}),
    resources,
    timeout,
    pool,
    worker,
    engine,
    version,
    ...(container === undefined ? {} : { container }),
    queuedAt: job.queuedAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    finishedAt,
    exitCode,
    outcome,
    ...(failure ? { failure } : {}),
    ...(usage ? { usage } : {}),
    metrics,
    outputs,
    outputsTotal,
    ...(notes ? { notes } : {}),
  }
}

/** The engine as reports name it. */
export const engineText = ({ name, version }: EngineRead): string => `${name} ${version}`
