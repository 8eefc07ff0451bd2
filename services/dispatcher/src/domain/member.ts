/**
 * A member of an ensemble: a run like any other while it lives, and when it has ended a row of its ensemble's results
 * and a bit in Redis.
 */
import { failureKinds, isTerminal, VERSION, type Failure, type MemberRow } from '@carya/contracts'
import type { MemberValues } from '@carya/ensemble'
import { TemplateError } from '@carya/templates'
import type { EnsembleRecord, EnsembleSpec, PinnedModel } from './ensemble-record.ts'
import type { EndedRun, RunRecord } from './record.ts'
import { compileTemplates } from './render.ts'

export const memberId = (ensemble: string, index: number): string => `${ensemble}-${index}`

/** The ensemble and the index that an id names; undefined where it is no member's. */
export function memberOf(run: string): { ensemble: string; index: number } | undefined {
  const at = run.indexOf('-')
  return at < 0 ? undefined : { ensemble: run.slice(0, at), index: Number(run.slice(at + 1)) }
}

/** What of an ensemble a member's record repeats. */
export type Whole = Pick<EnsembleRecord, 'id' | 'submitter' | 'priority' | 'pool' | 'round' | 'createdAt'>

/** More than the attempts, and the changes, that a member has in one round. */
const ROUND_STEP = 10_000

/**
 * A member as it comes into being: pending, and not committed yet. Of its earlier rounds no record is left, so versions
 * and attempts of each round begin above all of those before: a host that comes back with an attempt of an earlier round
 * must not seem ahead of the record (`isOlder`), nor a commit made on the record of that round find its version again.
 */
export function newMember(record: Whole, spec: EnsembleSpec, index: number, values: MemberValues): RunRecord {
  const beginning = record.round * ROUND_STEP
  const { [VERSION]: version, ...varied } = values.params
  const { model, image, command, setup, base } = pinnedModel(spec, version)
  return {
    v: 1,
    version: beginning,
    id: memberId(record.id, index),
    state: 'pending',
    submitter: record.submitter,
    model,
    image,
    ...(command ? { command } : {}),
    ...(setup ? { setup } : {}),
    params: { ...base.params, ...varied },
    inputs: { ...base.inputs, ...values.inputs },
    files: [],
    resources: spec.resources,
    timeout: spec.timeout,
    lease: spec.lease,
    retries: spec.retries,
    priority: record.priority,
    pool: record.pool,
    labels: spec.labels,
    ensemble: record.id,
    index,
    varied: spec.varied.map(({ name }) => name),
    round: record.round,
    createdAt: record.createdAt,
    attempts: [],
    lastAttempt: beginning,
    modelFailures: 0,
    hostFaults: [],
    replies: [],
  }
}

/** What was pinned of the version that a member runs; undefined: versions do not vary. */
function pinnedModel(
  spec: EnsembleSpec,
  version: MemberValues['params'][string] | undefined,
): PinnedModel & { model: string } {
  if (version === undefined) return spec
  const pinned = spec.versions?.[String(version)]
  if (!pinned) throw new Error(`version ${String(version)} of ${spec.model} was not pinned`)
  return { ...pinned, model: `${spec.model}@${String(version)}` }
}

/** What was rendered for it: the same today, for it depends on what was pinned alone. */
function renderedOf(
  spec: EnsembleSpec,
  version: MemberValues['params'][string] | undefined,
  member: RunRecord,
): Partial<Pick<RunRecord, 'command' | 'files'>> {
  const { templates } = pinnedModel(spec, version)
  try {
    const rendered = templates && compileTemplates(templates)(member)
    return !rendered || 'tooLong' in rendered ? {} : rendered
  } catch (error) {
    // it could not be made for want of its values, and so nothing was rendered
    if (error instanceof TemplateError) return {}
    throw error
  }
}

/** A member that cannot be made: it ends before it was fed, with what is known of its values. */
export function stillborn(
  record: Whole,
  spec: EnsembleSpec,
  index: number,
  detail: string,
  now: string,
  values: MemberValues = { params: {}, inputs: {} },
): RunRecord {
  const failure: Failure = { kind: 'input_unavailable', detail }
  const member = newMember(record, spec, index, values)
  return { ...member, version: member.version + 1, state: 'failed', failure, endedAt: now }
}

/** Every end that a member can have: `succeeded`, `cancelled`, or the kind of its failure. */
export const endWords = ['succeeded', 'cancelled', ...failureKinds] as const

/** In which set of ended members it stands: the kind of its failure, or its state. */
export type EndWord = (typeof endWords)[number]

export function endWord(run: RunRecord): EndWord {
  if (run.state === 'succeeded' || run.state === 'cancelled') return run.state
  return run.failure?.kind ?? 'model_error'
}

/** Of a failed member's log as much stands in its row. */
const LOG_TAIL = 1000

/** The row of a member that has ended. */
export function rowOf(run: RunRecord): MemberRow {
  const {
    state,
    index = 0,
    round = 0,
    attempts,
    params,
    inputs,
    metrics = {},
    failure,
    endedAt,
    folder,
  } = run
  if (!isTerminal(state)) throw new Error(`${run.id} has not ended: it is ${state}`)
  const varied = run.varied ?? []
  const last = attempts.at(-1)
  const sources = varied
    .filter((name) => name.startsWith('input.'))
    .map((name) => name.slice('input.'.length))
  return {
    index,
    round,
    state,
    attempts: attempts.length,
    params: { ...pick(params, varied), ...versionOf(run) },
    ...(sources.length === 0 ? {} : { inputs: pick(inputs, sources) }),
    metrics,
    ...(failure ? { failure: { kind: failure.kind, detail: failure.detail } } : {}),
    ...(last?.exitCode === undefined ? {} : { exitCode: last.exitCode }),
    ...(last?.worker === undefined ? {} : { worker: last.worker }),
    ...(last?.startedAt === undefined ? {} : { startedAt: last.startedAt }),
    endedAt: endedAt ?? run.createdAt,
    ...(last?.usage?.cpuSeconds === undefined ? {} : { cpuSeconds: last.usage.cpuSeconds }),
    ...(last?.usage?.maxMemoryBytes === undefined ? {} : { maxMemoryBytes: last.usage.maxMemoryBytes }),
    ...(folder === undefined ? {} : { folder }),
    ...(run.outputsTotal === undefined ? {} : { outputs: run.outputsTotal }),
    ...(state !== 'failed' || !run.logTail ? {} : { logTail: run.logTail.slice(-LOG_TAIL) }),
  }
}

/** The version that a member runs, as its row says it; one that could not be made has none. */
function versionOf({ model, varied = [] }: RunRecord): Record<string, string> {
  const [, version] = model.split('@')
  return version !== undefined && varied.includes(VERSION) ? { [VERSION]: version } : {}
}

function pick<V>(record: Record<string, V>, names: readonly string[]): Record<string, V> {
  return Object.fromEntries(names.flatMap((name) => (name in record ? [[name, record[name]!]] : [])))
}

/** What is left of an ended member in Redis: enough to refuse whatever comes of it. */
export function tombstone(id: string, state: 'succeeded' | 'failed' | 'cancelled'): RunRecord {
  const { ensemble, index } = memberOf(id) ?? { ensemble: '', index: 0 }
  return {
    v: 1,
    version: Number.MAX_SAFE_INTEGER,
    id,
    state,
    submitter: '',
    model: '',
    image: { name: '', digest: '', by: 'id' },
    params: {},
    inputs: {},
    files: [],
    resources: { cpus: 0, memory: 0 },
    timeout: 0,
    lease: 0,
    retries: 0,
    priority: 0,
    pool: '',
    labels: {},
    ensemble,
    index,
    createdAt: EPOCH,
    endedAt: EPOCH,
    attempts: [],
    lastAttempt: 0,
    modelFailures: 0,
    hostFaults: [],
    replies: [],
  }
}

const EPOCH = '1970-01-01T00:00:00.000Z'

function sourcesOf(inputs: NonNullable<MemberRow['inputs']>): MemberValues['inputs'] {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { url, sha256 }]) => [
      name,
      sha256 === undefined ? { url } : { url, sha256 },
    ]),
  )
}

/** An ended member from its row, as one that has a record is kept. Attempts but the last are not. */
export function endedView(record: Whole, spec: EnsembleSpec, row: MemberRow): EndedRun {
  const {
    index,
    state,
    params,
    inputs = {},
    metrics,
    failure,
    exitCode,
    worker,
    startedAt,
    endedAt,
    folder,
  } = row
  const made = newMember(record, spec, index, { params, inputs: sourcesOf(inputs) })
  const member = { ...made, ...renderedOf(spec, params[VERSION], made) }
  const [, attempt, nonce] = /\/(\d+)-([0-9a-f]{16})$/.exec(folder ?? '') ?? []
  return {
    v: 1,
    id: member.id,
    state,
    submitter: member.submitter,
    model: member.model,
    image: member.image,
    ...(member.command ? { command: member.command } : {}),
    ...(member.setup ? { setup: member.setup } : {}),
    ...(member.files.length > 0 ? { files: member.files } : {}),
    params: member.params,
    inputs: member.inputs,
    resources: member.resources,
    timeout: member.timeout,
    lease: member.lease,
    retries: member.retries,
    priority: member.priority,
    pool: member.pool,
    labels: member.labels,
    ensemble: record.id,
    index,
    varied: member.varied,
    createdAt: member.createdAt,
    ...(startedAt === undefined ? {} : { startedAt }),
    endedAt,
    attempts:
      attempt === undefined || nonce === undefined
        ? []
        : [
            {
              attempt: Number(attempt),
              nonce,
              queuedAt: startedAt ?? endedAt,
              ...(worker === undefined ? {} : { worker }),
              ...(startedAt === undefined ? {} : { startedAt }),
              finishedAt: endedAt,
              ...(exitCode === undefined ? {} : { exitCode }),
              ...(failure ? { failure } : {}),
            },
          ],
    metrics,
    ...(failure ? { failure } : {}),
    ...(folder === undefined ? {} : { folder }),
    ...(row.outputs === undefined ? {} : { outputsTotal: row.outputs }),
    ...(row.logTail === undefined ? {} : { logTail: row.logTail }),
  }
}
