/** The model that a request names, or what to say where there is none, or where no new work is taken. */
import {
  badRequest,
  fault,
  MOST_VERSIONS,
  nearest,
  problem,
  Version,
  type Model,
  type Problem,
} from '@carya/contracts'
import type { ModelStore } from '../ports.ts'

const MOST_TOLD = 20

/** Undefined while new work is taken; `full` says why it is not (Redis is nearly full, so that reports still fit). */
export function fullProblem(full: () => string | undefined): Problem | undefined {
  const why = full()
  return why === undefined ? undefined : problem(503, 'full', 'No new work is taken now', why)
}

export async function findModel(
  models: ModelStore,
  request: { model: string },
): Promise<{ model: Model } | { rejected: Problem }> {
  const model = await models.find(request.model)
  if (model) return { model }
  return { rejected: badRequest([fault(['model'], request, await unknownModel(models, request.model))]) }
}

export async function unknownModel(models: ModelStore, ref: string): Promise<string> {
  const refs = await models.refs()
  if (refs.length === 0) return 'no such model: none is registered yet; carya model add FILE registers one'
  // of a name that is known another version is meant, however like it another name is
  const versions = refs.filter((each) => nameIn(each) === nameIn(ref))
  if (versions.length > 0) return `no such version: registered are ${versions.slice(0, MOST_TOLD).join(', ')}`
  const near = nearest(ref, [...refs, ...refs.map(nameIn)])
  return `no such model: ${near === undefined ? '' : `did you mean ${near}? `}registered are ${refs.slice(0, MOST_TOLD).join(', ')}`
}

/**
 * Versions of a model: those that are named, so many that it shows where there are more than an ensemble may have; and
 * how all are called, as far as a list of the latest has them.
 */
export async function findVersions(
  models: ModelStore,
  { name }: Model,
  named: readonly unknown[] | undefined,
): Promise<{ registered: Model[]; all: string[] }> {
  if (!named) return { registered: [], all: [] }
  const valid = named.filter((each) => Version.safeParse(each).success).slice(0, MOST_VERSIONS + 1)
  const [refs, found] = await Promise.all([
    models.refs(),
    Promise.all(valid.map((version) => models.find(`${name}@${String(version)}`))),
  ])
  const registered = found.filter((model) => model !== undefined)
  const latest = refs.filter((ref) => nameIn(ref) === name).map((ref) => ref.slice(name.length + 1))
  return { registered, all: [...new Set([...latest, ...registered.map(({ version }) => version)])] }
}

const nameIn = (ref: string): string => ref.split('@')[0]!
