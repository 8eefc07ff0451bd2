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
  const known = await models.all()
  const refs = known.map((model) => `${model.name}@${model.version}`)
  if (refs.length === 0) return 'no such model: none is registered yet; carya model add FILE registers one'
  const near = nearest(ref, [...refs, ...known.map((model) => model.name)])
  return `no such model: ${near === undefined ? '' : `did you mean ${near}? `}registered are ${refs.slice(0, 20).join(', ')}`
}

/** Versions of a model: all that a list of the latest has, and those that are named, so many of them as an ensemble may have. */
export async function findVersions(
  models: ModelStore,
  { name }: Model,
  named: readonly unknown[] | undefined,
): Promise<Model[]> {
  if (!named) return []
  const latest = (await models.all()).filter((each) => each.name === name)
  const known = new Set<unknown>(latest.map(({ version }) => version))
  const others = named.filter((each) => !known.has(each) && Version.safeParse(each).success)
  const found = await Promise.all(
    others.slice(0, MOST_VERSIONS).map((version) => models.find(`${name}@${String(version)}`)),
  )
  return [...latest, ...found.filter((model) => model !== undefined)]
}
