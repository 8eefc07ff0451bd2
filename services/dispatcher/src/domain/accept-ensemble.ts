/**
 * From a request to an ensemble: what `accept.ts` is for a run. What does not vary is pinned as a run's is; what
 * varies is the business of `libs/ensemble`. Of a table in a file nothing but the rest can be judged yet.
 */
import {
  isEnded,
  MOST_MEMBERS,
  type EnsembleAccepted,
  type EnsembleRequest,
  type Manifest,
  type Model,
  type ProblemError,
  type RunRequest,
  type Varied,
} from '@carya/contracts'
import { pinDesign } from '@carya/ensemble'
import { pin, type Asked } from './accept.ts'
import type { EnsembleRecord, EnsembleSpec, TableColumn } from './ensemble-record.ts'
import { templatesOf } from './render.ts'

export type NewEnsemble = { record: EnsembleRecord; spec: EnsembleSpec }

/** Beside parameters and inputs, a member's record takes about so many bytes. */
const BARE_BYTES = 2000

/** The pinned ensemble, or every fault of the request against the model's manifest. */
export function acceptEnsemble(
  request: EnsembleRequest,
  model: Model,
  asked: Asked,
): NewEnsemble | { errors: ProblemError[] } {
  const table = tableOf(request, model)
  const varied = table ? undefined : variedNames(request)
  const base = pin(
    baseRun(request),
    { ...model, manifest: withoutVaried(model.manifest, request, varied) },
    asked,
  )
  const design = pinDesign(
    request,
    model.manifest,
    'errors' in base ? (request.base?.params ?? {}) : base.params,
  )
  const errors = [
    ...('errors' in base ? base.errors.map(inBase) : []),
    ...('errors' in design ? design.errors : []),
    ...(table ? faultsOfTable(request) : []),
  ]
  if ('errors' in base || 'errors' in design || errors.length > 0) return { errors }
  const { id, submitter, model: ref, image, labels, pool, priority, createdAt, replies } = base
  const { resources, timeout, lease, retries, command, setup, params, inputs } = base
  const templates = templatesOf(model.manifest)
  const spec: EnsembleSpec = {
    v: 1,
    id,
    model: ref,
    image,
    ...(command ? { command } : {}),
    ...(setup ? { setup } : {}),
    ...(templates ? { templates } : {}),
    design: design.design,
    varied: design.varied,
    base: { params, inputs },
    resources,
    timeout,
    lease,
    retries,
    failure: request.failure ?? { policy: 'continue' },
    labels,
    metrics: model.manifest.metrics,
    outputs: model.manifest.outputs,
    notes: design.notes,
    ...(table ? { table } : {}),
  }
  const { maxParallel, key } = request
  const record: EnsembleRecord = {
    v: 1,
    version: 1,
    id,
    state: table ? 'checking' : 'running',
    submitter,
    model: ref,
    labels,
    pool,
    priority,
    ...(maxParallel === undefined ? {} : { maxParallel }),
    ...(design.members === undefined ? {} : { members: design.members }),
    cursor: 0,
    round: 0,
    cost: { cpus: resources.cpus, memory: resources.memory },
    memberBytes: BARE_BYTES + JSON.stringify([spec.base, templates]).length + 40 * spec.varied.length,
    results: 'none',
    createdAt,
    ...(key === undefined ? {} : { key }),
    replies,
  }
  return { record, spec }
}

/** What is answered to its submitter. */
export function ensembleAccepted(
  record: EnsembleRecord,
  spec: Pick<EnsembleSpec, 'notes'>,
  duplicate: boolean,
): EnsembleAccepted {
  const { id, state, members } = record
  return {
    v: 1,
    id,
    state,
    duplicate,
    ...(members === undefined ? {} : { members }),
    ...(spec.notes.length === 0 || isEnded(state) ? {} : { notes: spec.notes }),
  }
}

/** What of it a single run would ask too. */
function baseRun(request: EnsembleRequest): RunRequest {
  const { base = {}, design, maxParallel, failure, ...rest } = request
  void [design, maxParallel, failure]
  return { ...rest, ...base, kind: 'run' }
}

/** `params.k` of the base stands in the request as `base.params.k`. */
function inBase(error: ProblemError): ProblemError {
  return /^(params|inputs)(\.|$)/.test(error.path) ? { ...error, path: `base.${error.path}` } : error
}

function variedNames({ design }: EnsembleRequest): ReadonlySet<string> {
  return new Set(Object.keys(design.kind === 'table' ? (design.rows?.[0] ?? {}) : design.vary))
}

/** The manifest with nothing missing that the design (undefined: a table that was not read yet) gives. */
function withoutVaried(
  manifest: Manifest,
  { base = {} }: EnsembleRequest,
  varied: ReadonlySet<string> | undefined,
): Manifest {
  const isGiven = (name: string) => varied?.has(name) ?? true
  const parameters = Object.entries(manifest.parameters).filter(
    ([name, { default: usual }]) =>
      usual !== undefined || Object.hasOwn(base.params ?? {}, name) || !isGiven(name),
  )
  const inputs = Object.entries(manifest.inputs).map(([name, input]) => [
    name,
    { ...input, required: input.required && !isGiven(`input.${name}`) },
  ])
  return { ...manifest, parameters: Object.fromEntries(parameters), inputs: Object.fromEntries(inputs) }
}

function tableOf({ design, base = {} }: EnsembleRequest, { manifest }: Model): EnsembleSpec['table'] {
  if (design.kind !== 'table' || design.url === undefined) return undefined
  const { url } = design
  const format = design.format ?? (/\.(parquet|pq)$/i.test(url) ? 'parquet' : 'csv')
  const parameters = Object.entries(manifest.parameters).map(([name, parameter]): TableColumn => {
    const { type, range, choices, unit, description } = parameter
    return {
      name,
      type,
      ...(range ? { range } : {}),
      ...(choices ? { choices } : {}),
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined ? {} : { description }),
      required: parameter.default === undefined && !Object.hasOwn(base.params ?? {}, name),
    }
  })
  const inputs = Object.entries(manifest.inputs).map(([name, input]): TableColumn => ({
    name: `input.${name}`,
    type: 'input',
    required: input.required && input.default === undefined && !Object.hasOwn(base.inputs ?? {}, name),
  }))
  return { url, format, columns: [...parameters, ...inputs] }
}

/** The dispatcher reads the table itself, and sees no files of other hosts. */
function faultsOfTable({ design }: EnsembleRequest): ProblemError[] {
  if (design.kind !== 'table' || !design.url?.startsWith('file:')) return []
  const detail =
    'a table that the service can read: upload it (PUT /v1/files, or carya ensemble --table FILE) and give the store: URL, or an http(s) URL'
  return [{ path: 'design.url', value: design.url, detail }]
}

/** What is missing although the table was read: columns for what has no value otherwise. */
export function missingColumns(columns: readonly TableColumn[], found: readonly string[]): ProblemError[] {
  const given = new Set(found)
  return columns
    .filter(({ name, required }) => required && !given.has(name))
    .map(({ name }) => ({
      path: `design.url: column ${name}`,
      value: null,
      detail: 'missing: it has no value otherwise, so the table or the base must give it',
    }))
}

/** The columns of a table that was read, as what varies. */
export function variedColumns(columns: readonly TableColumn[], found: readonly string[]): Varied[] {
  return found.flatMap((name) => {
    const column = columns.find((each) => each.name === name)
    if (!column) return []
    const { type, unit, description } = column
    const words = {
      ...(unit === undefined ? {} : { unit }),
      ...(description === undefined ? {} : { description }),
    }
    return [{ name, type, ...words }]
  })
}

/** Rows that a table may have. */
export const MOST_TABLE_ROWS = MOST_MEMBERS
