/**
 * From a request to a run: everything that could change later is pinned here (model version, image digest, every
 * parameter with its default), and everything that is wrong is named at once.
 */
import {
  fault,
  formatSize,
  later,
  misfit,
  parseDuration,
  parseSize,
  unknownName,
  type Model,
  type ProblemError,
  type RunRequest,
} from '@carya/contracts'
import type { Reply, RunRecord } from './record.ts'
import { compileTemplates, templatesOf, unrenderable } from './render.ts'
import { pinSetup } from './setup.ts'

export const DEFAULTS = { cpus: 1, memory: 256 * 2 ** 20, timeout: 24 * 3600, lease: 120, pool: 'default' }

export type Asked = { id: string; submitter: string; at: string; reply?: Reply }

/** Every fault of a request's parameters and inputs against the manifest, whatever else is wrong with it. */
export function faultsAgainst(request: Pick<RunRequest, 'params' | 'inputs'>, model: Model): ProblemError[] {
  return [...pinParams(request, model).errors, ...pinInputs(request, model).errors]
}

/** The pinned run with its files, or every fault of the request against the model's manifest. */
export function accept(
  request: RunRequest,
  model: Model,
  asked: Asked,
): RunRecord | { errors: ProblemError[] } {
  const run = pin(request, model, asked)
  const templates = templatesOf(model.manifest)
  if ('errors' in run || !templates) return run
  const unfit = unrenderable(model)
  if (unfit) return { errors: [fault(['model'], request, unfit)] }
  const rendered = compileTemplates(templates)(run)
  if ('tooLong' in rendered) return { errors: [fault(['params'], request, rendered.tooLong)] }
  return { ...run, ...rendered }
}

/** The pinned run, of which nothing is rendered yet; or every fault of the request against the model's manifest. */
export function pin(request: RunRequest, model: Model, asked: Asked): RunRecord | { errors: ProblemError[] } {
  const { manifest } = model
  const params = pinParams(request, model)
  const inputs = pinInputs(request, model)
  const resources = pinResources(request, model)
  const times = pinTimes(request, model, asked.at)
  const errors = [...params.errors, ...inputs.errors, ...resources.errors, ...times.errors]
  if (errors.length > 0) return { errors }
  const setup = pinSetup(manifest)
  return {
    v: 1,
    version: 1,
    id: asked.id,
    state: 'pending',
    submitter: asked.submitter,
    model: `${model.name}@${model.version}`,
    image: model.image,
    ...(manifest.command ? { command: manifest.command } : {}),
    ...(setup ? { setup } : {}),
    params: params.values,
    inputs: inputs.values,
    files: [],
    resources: resources.values,
    ...times.values,
    retries: request.retries ?? manifest.retries ?? 0,
    priority: request.priority ?? 0,
    pool: request.pool ?? DEFAULTS.pool,
    labels: request.labels ?? {},
    ...(request.key === undefined ? {} : { key: request.key }),
    createdAt: asked.at,
    attempts: [],
    lastAttempt: 0,
    modelFailures: 0,
    hostFaults: [],
    replies: asked.reply ? [asked.reply] : [],
  }
}

function pinParams(request: Pick<RunRequest, 'params'>, { manifest }: Model) {
  const values: RunRecord['params'] = {}
  const errors: ProblemError[] = []
  const given = request.params ?? {}
  const wording = unknownName('parameter', Object.keys(manifest.parameters))
  for (const name of Object.keys(given))
    if (!Object.hasOwn(manifest.parameters, name))
      errors.push(fault(['params', name], request, wording(name)))
  for (const [name, parameter] of Object.entries(manifest.parameters)) {
    const value = Object.hasOwn(given, name) ? given[name] : parameter.default
    if (value === undefined) {
      errors.push(fault(['params', name], request, 'missing: this parameter has no default'))
      continue
    }
    const wrong = misfit(parameter, value)
    if (wrong === undefined) values[name] = value
    else errors.push(fault(['params', name], request, wrong))
  }
  return { values, errors }
}

function pinResources(request: RunRequest, { manifest }: Model) {
  const { resources: given = {} } = request
  const { resources: usual } = manifest
  const size = given.memory ?? usual.memory
  const memory = size === undefined ? DEFAULTS.memory : parseSize(size)!
  const memoryGrowth = given.memoryGrowth ?? usual.memoryGrowth
  const most = given.memoryMost ?? usual.memoryMost
  const disk = given.disk ?? usual.disk
  const values: RunRecord['resources'] = {
    cpus: given.cpus ?? usual.cpus ?? DEFAULTS.cpus,
    memory,
    ...(memoryGrowth === undefined ? {} : { memoryGrowth }),
    ...(most === undefined ? {} : { memoryMost: parseSize(most)! }),
    ...(disk === undefined ? {} : { disk: parseSize(disk)! }),
  }
  const tooLittle = given.memoryMost !== undefined && parseSize(given.memoryMost)! < memory
  const why = `at least the memory that the run asks, ${formatSize(memory)}`
  return { values, errors: tooLittle ? [fault(['resources', 'memoryMost'], request, why)] : [] }
}

/** Durations in seconds; points in time written in one way, so that they compare as text. */
function pinTimes(request: RunRequest, { manifest }: Model, at: string) {
  const timeout = request.timeout ?? manifest.timeout
  const lease = request.lease ?? manifest.lease
  const within = request.deadline ?? manifest.deadline
  const deadline = within === undefined ? undefined : later(at, parseDuration(within)!)
  const after = request.after === undefined ? undefined : later(request.after, 0)
  const values: Pick<RunRecord, 'timeout' | 'lease' | 'deadline' | 'after' | 'notBefore'> = {
    timeout: timeout === undefined ? DEFAULTS.timeout : parseDuration(timeout)!,
    lease: lease === undefined ? DEFAULTS.lease : parseDuration(lease)!,
    ...(deadline === undefined ? {} : { deadline }),
    ...(after === undefined ? {} : { after }),
    ...(after === undefined || after <= at ? {} : { notBefore: after }),
  }
  const never = after !== undefined && deadline !== undefined && after >= deadline
  const why = `a time before the deadline of the run, which would be ${deadline}`
  return { values, errors: never ? [fault(['after'], request, why)] : [] }
}

function pinInputs(request: Pick<RunRequest, 'inputs'>, { manifest }: Model) {
  const values: RunRecord['inputs'] = {}
  const errors: ProblemError[] = []
  const given = request.inputs ?? {}
  const wording = unknownName('input', Object.keys(manifest.inputs))
  for (const name of Object.keys(given))
    if (!Object.hasOwn(manifest.inputs, name)) errors.push(fault(['inputs', name], request, wording(name)))
  for (const [name, input] of Object.entries(manifest.inputs)) {
    const source = (Object.hasOwn(given, name) ? given[name] : undefined) ?? input.default
    if (source === undefined) {
      if (input.required) errors.push(fault(['inputs', name], request, 'missing: the model needs this input'))
      continue
    }
    values[name] = typeof source === 'string' ? { url: source } : { ...source }
  }
  return { values, errors }
}
