/**
 * From a request to an ensemble: what `accept.ts` is for a run. What does not vary is pinned as a run's is; what
 * varies is the business of `libs/ensemble`. Of a table in a file nothing but the rest can be judged yet.
 */
import {
  fault,
  isEnded,
  type EnsembleAccepted,
  type EnsembleRequest,
  type Manifest,
  type Model,
  type ProblemError,
  type RunRequest,
} from '@carya/contracts'
import { pinDesign } from '@carya/ensemble'
import { pin, type Asked } from './accept.ts'
import { asksOf } from './allowance.ts'
import type { EnsembleRecord, EnsembleSpec, PinnedModel } from './ensemble-record.ts'
import {
  declaredTogether,
  differingDesigns,
  faultsOfVersions,
  largest,
  versionsOf,
} from './ensemble-versions.ts'
import { faultsOfTable, tableOf } from './ensemble-table.ts'
import type { RunRecord } from './record.ts'
import { renderedBytes, templatesOf, unrenderable } from './render.ts'

export type NewEnsemble = { record: EnsembleRecord; spec: EnsembleSpec }

/** Beside parameters and inputs, a member's record takes about so many bytes. */
const BARE_BYTES = 2000

/** A version of the model with what was pinned against it. */
type Fitting = {
  model: Model
  base: RunRecord
  pinned: Exclude<ReturnType<typeof pinDesign>, { errors: unknown }>
}

/**
 * The pinned ensemble, or every fault of the request against the model's manifest. `registered`: models of which
 * other versions are pinned where they vary; `all`: how the versions of this one are called.
 */
export function acceptEnsemble(
  request: EnsembleRequest,
  model: Model,
  asked: Asked,
  registered: readonly Model[] = [],
  all: readonly string[] = registered.filter(({ name }) => name === model.name).map(({ version }) => version),
): NewEnsemble | { errors: ProblemError[] } {
  const versions = versionsOf(request, model, registered)
  if (!versions) {
    const one = fit(request, model, asked)
    if ('errors' in one) return one
    const { metrics, outputs } = model.manifest
    return newEnsemble(request, model, one, { ...one.base, metrics, outputs, model: one.base.model })
  }
  const fits = versions.map((each) => fit(request, each, asked, { own: model.version, all }))
  const errors = faultsOfVersions(
    fits.map((each, at) => ({ version: versions[at]!.version, errors: 'errors' in each ? each.errors : [] })),
  )
  if (errors.length > 0) return { errors }
  const fitting = fits.flatMap((each) => ('errors' in each ? [] : [each]))
  const declared = declaredTogether(versions)
  const differing = [
    ...differingDesigns(
      fitting.map(({ model: { version }, pinned }) => ({ version, design: pinned.design })),
    ),
    ...('errors' in declared ? declared.errors : []),
  ]
  const [first] = fitting
  if ('errors' in declared || differing.length > 0 || !first) return { errors: differing }
  const limits = largest(fitting.map(({ base }) => base))
  const pinned = fitting.map(({ model: each, base }) => [each.version, pinnedOf(base, each)] as const)
  return newEnsemble(request, first.model, first, {
    ...limits,
    ...declared,
    model: model.name,
    versions: Object.fromEntries(pinned),
  })
}

/** The request against one version of the model. */
function fit(
  request: EnsembleRequest,
  model: Model,
  asked: Asked,
  versions?: { own: string; all: readonly string[] },
): Fitting | { errors: ProblemError[] } {
  const table = tableOf(request, model)
  const varied = table ? undefined : variedNames(request)
  const base = pin(
    baseRun(request),
    { ...model, manifest: withoutVaried(model.manifest, request, varied) },
    asked,
  )
  const pinned = pinDesign(
    request,
    { ...model.manifest, ...(versions ? { versions } : {}) },
    'errors' in base ? (request.base?.params ?? {}) : base.params,
  )
  const unfit = unrenderable(model)
  const errors = [
    ...('errors' in base ? base.errors.map(inBase) : []),
    ...('errors' in pinned ? pinned.errors : []),
    ...(table ? faultsOfTable(request) : []),
    ...(unfit ? [fault(['model'], request, unfit)] : []),
  ]
  if ('errors' in base || 'errors' in pinned || errors.length > 0) return { errors }
  return { model, base, pinned }
}

function pinnedOf({ image, command, setup, params, inputs }: RunRecord, { manifest }: Model): PinnedModel {
  const templates = templatesOf(manifest)
  return {
    image,
    ...(command ? { command } : {}),
    ...(setup ? { setup } : {}),
    base: { params, inputs },
    ...(templates ? { templates } : {}),
  }
}

type Terms = Pick<
  EnsembleSpec,
  'model' | 'versions' | 'resources' | 'timeout' | 'lease' | 'retries' | 'metrics' | 'outputs'
>

function newEnsemble(
  request: EnsembleRequest,
  model: Model,
  { base, pinned: design }: Fitting,
  terms: Terms,
): NewEnsemble {
  const { id, submitter, labels, pool, priority, createdAt, replies } = base
  const { model: ref, versions, resources, timeout, lease, retries, metrics, outputs } = terms
  const table = tableOf(request, model)
  const spec: EnsembleSpec = {
    v: 1,
    id,
    model: ref,
    ...pinnedOf(base, model),
    ...(versions ? { versions } : {}),
    design: design.design,
    varied: design.varied,
    resources,
    timeout,
    lease,
    retries,
    failure: request.failure ?? { policy: 'continue' },
    labels,
    metrics,
    outputs,
    notes: design.notes,
    ...(table ? { table } : {}),
  }
  const { maxParallel, key } = request
  const bases = Object.values(versions ?? { own: spec }).map(
    (each) => JSON.stringify(each.base).length + 2 * renderedBytes(each.templates, each.base.params),
  )
  const asks = versions
    ? Object.entries(versions).flatMap(([version, { setup }]) =>
        asksOf({ model: `${ref}@${version}`, ...(setup ? { setup } : {}) }),
      )
    : asksOf(spec)
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
    cost: {
      cpus: resources.cpus,
      memory: resources.memory,
      ...(resources.disk === undefined ? {} : { disk: resources.disk }),
    },
    ...(asks.length > 0 ? { asks } : {}),
    memberBytes: BARE_BYTES + Math.max(...bases) + 40 * spec.varied.length,
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
