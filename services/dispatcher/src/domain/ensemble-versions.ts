/**
 * An ensemble over versions of its model (`@version` varies): each version that the design names is pinned by itself,
 * with its own image, command, set-up and defaults, and what varies must fit all of them alike.
 *
 * Members of all versions have the same limits: the largest that any version asks, so that none has too little.
 */
import {
  MOST_VERSIONS,
  VERSION,
  type EnsembleRequest,
  type Manifest,
  type Model,
  type ProblemError,
} from '@carya/contracts'
import type { PinnedDesign } from '@carya/ensemble'
import type { RunRecord } from './record.ts'
import { canonical } from './submission.ts'

/** What the design names as versions; undefined where they do not vary. */
export function namedVersions({ design }: EnsembleRequest): unknown[] | undefined {
  if (design.kind !== 'table') {
    const given = design.vary[VERSION]
    return given && [...new Set(given.values)]
  }
  const rows = (design.rows ?? []).filter((row) => Object.hasOwn(row, VERSION))
  return rows.length === 0 ? undefined : [...new Set(rows.map((row) => row[VERSION]))]
}

/**
 * Versions to be pinned, the one first by which the design is read: of `oat` the ensemble's own, from which it starts.
 * Undefined where they do not vary. Of a name that is no version of the model the design is told (`pinDesign`).
 */
export function versionsOf(
  request: EnsembleRequest,
  model: Model,
  registered: readonly Model[],
): Model[] | undefined {
  const names = namedVersions(request)
  if (!names) return undefined
  const chosen = registered.filter(({ name, version }) => name === model.name && names.includes(version))
  const isOwn = ({ version }: Model) => version === model.version
  if (chosen.length === 0 || request.design.kind === 'oat' || chosen.some(isOwn))
    return [model, ...chosen.filter((each) => !isOwn(each))]
  return chosen
}

/** Faults of each version as those of one request: what not all of them say names those that do. */
export function faultsOfVersions(
  each: readonly { version: string; errors: readonly ProblemError[] }[],
): ProblemError[] {
  if (each.length > MOST_VERSIONS)
    return [
      {
        path: 'design',
        value: each.length,
        detail: `at most ${MOST_VERSIONS} versions of the model at once`,
      },
    ]
  const found = new Map<string, { error: ProblemError; versions: string[] }>()
  for (const { version, errors } of each)
    for (const error of errors) {
      const key = `${error.path}\n${error.detail}`
      const known = found.get(key)
      if (known) known.versions.push(version)
      else found.set(key, { error, versions: [version] })
    }
  return [...found.values()].map(({ error, versions }) => {
    if (versions.length === each.length) return error
    const named = `in ${versions.length === 1 ? 'version' : 'versions'} ${versions.join(', ')}`
    return { ...error, detail: `${named}: ${error.detail}` }
  })
}

/** What varies must be the same thing in all versions: of one type, and cut to one range. */
export function differingDesigns(each: readonly { version: string; design: PinnedDesign }[]): ProblemError[] {
  const [first, ...others] = each.map(({ version, design }) => ({ version, parts: partsOf(design) }))
  const found = new Map<string, ProblemError>()
  for (const { version, parts } of others)
    for (const [name, part] of parts)
      if (first!.parts.get(name) !== part && !found.has(name))
        found.set(name, {
          path: `design.vary.${name}`,
          value: null,
          detail: `a parameter of the same type in all versions, cut to the same range: it is not in ${first!.version} and ${version}`,
        })
  return [...found.values()]
}

/** Each thing that varies as text; without its base, from which only the ensemble's own version starts. */
function partsOf(design: PinnedDesign): Map<string, string> {
  const columns = 'dimensions' in design ? design.dimensions : (design.columns ?? [])
  return new Map(columns.map((column) => [column.name, canonical({ ...column, base: undefined })] as const))
}

/** What all versions declare together. A name that stands for two things would make one column of both. */
export function declaredTogether(
  models: readonly Model[],
): Pick<Manifest, 'metrics' | 'outputs'> | { errors: ProblemError[] } {
  const metrics = union(
    models,
    ({ metrics: of }) => of,
    'metric',
    ({ unit }) => canonical({ unit }),
  )
  const outputs = union(
    models,
    ({ outputs: of }) => of,
    'output',
    ({ series, columns = {} }) => {
      const units = Object.entries(columns).map(([name, { unit }]) => [name, unit])
      return canonical({ series, units: Object.fromEntries(units) })
    },
  )
  const errors = [...metrics.errors, ...outputs.errors]
  return errors.length > 0 ? { errors } : { metrics: metrics.all, outputs: outputs.all }
}

function union<D>(
  models: readonly Model[],
  of: (manifest: Manifest) => Record<string, D>,
  noun: string,
  meaning: (declared: D) => string,
) {
  const found = new Map<string, { version: string; declared: D }>()
  const errors: ProblemError[] = []
  for (const { version, manifest } of models)
    for (const [name, declared] of Object.entries(of(manifest))) {
      const first = found.get(name)
      if (!first) found.set(name, { version, declared })
      else if (meaning(first.declared) !== meaning(declared))
        errors.push({
          path: 'model',
          value: `${noun} ${name}`,
          detail: `versions that declare it alike, with the same units: ${first.version} and ${version} do not`,
        })
    }
  const all = Object.fromEntries(Array.from(found, ([name, { declared }]) => [name, declared]))
  return { all, errors }
}

type Limits = Pick<RunRecord, 'resources' | 'timeout' | 'lease' | 'retries'>

/** The largest limits of all. */
export function largest(each: readonly Limits[]): Limits {
  const most = (of: (limits: Limits) => number | undefined): number | undefined => {
    const values = each.map(of).filter((value) => value !== undefined)
    return values.length === 0 ? undefined : Math.max(...values)
  }
  const memory = most(({ resources }) => resources.memory)!
  const growth = most(({ resources }) => resources.memoryGrowth)
  const top = most(({ resources }) => resources.memoryMost)
  const disk = most(({ resources }) => resources.disk)
  return {
    resources: {
      cpus: most(({ resources }) => resources.cpus)!,
      memory,
      ...(growth === undefined ? {} : { memoryGrowth: growth }),
      ...(top === undefined ? {} : { memoryMost: Math.max(top, memory) }),
      ...(disk === undefined ? {} : { disk }),
    },
    timeout: most(({ timeout }) => timeout)!,
    lease: most(({ lease }) => lease)!,
    retries: most(({ retries }) => retries)!,
  }
}
