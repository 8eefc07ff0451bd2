/** From a design as it is asked for to one that is kept for ever; everything that is wrong is named at once. */
import {
  fault,
  MOST_MEMBERS,
  VERSION,
  type Design,
  type EnsembleRequest,
  type Levels,
  type ProblemError,
  type Varied,
} from '@carya/contracts'
import { MOST_DIMENSIONS } from './joe-kuo.ts'
import { pinLevels } from './pin-levels.ts'
import { byName, pinRows } from './pin-table.ts'
import { pinVarying } from './pin-varying.ts'
import { plainName, type PinnedDesign, type Value } from './pinned.ts'
import { pinValue, subjectsOf, type Misfit, type ModelFacts, type Subject } from './subject.ts'

/** Names in a note. */
const MOST_NAMED = 5

type SampledDesign = Extract<Design, { samples: number }>
type LevelledDesign = Extract<Design, { kind: 'grid' | 'oat' }>
type Pinned = { design: PinnedDesign; members: number | undefined; varied: Varied[]; notes: string[] }
type Outcome = Pinned | { misfits: Misfit[] }

/**
 * The design with the number of its members (undefined for a table in a file), what varies, and what is worth knowing of
 * it in words; or every fault, at its path in the request. `baseParams` are the pinned parameters of the base.
 */
export function pinDesign(
  request: EnsembleRequest,
  model: ModelFacts,
  baseParams: Record<string, Value>,
): Pinned | { errors: ProblemError[] } {
  const outcome = pinKind(request, model, baseParams)
  if (!('misfits' in outcome))
    return { ...outcome, notes: [...outcome.notes, ...unusedNotes(request, outcome.varied)] }
  return { errors: outcome.misfits.map(({ at, detail }) => fault(['design', ...at], request, detail)) }
}

/** Values of the base that no member has; in an oat design they are where it starts from. */
function unusedNotes({ design, base = {} }: EnsembleRequest, varied: readonly Varied[]): string[] {
  if (design.kind === 'oat') return []
  const isUnused = ({ name, type }: Varied) =>
    type === 'input'
      ? Object.hasOwn(base.inputs ?? {}, name.slice('input.'.length))
      : Object.hasOwn(base.params ?? {}, name)
  const names = varied.filter(isUnused).map(({ name }) => name)
  if (names.length === 0) return []
  const others = names.length > MOST_NAMED ? ' and others' : ''
  return [`not used is what the base has for what varies: ${names.slice(0, MOST_NAMED).join(', ')}${others}`]
}

function pinKind(request: EnsembleRequest, model: ModelFacts, baseParams: Record<string, Value>): Outcome {
  const { design } = request
  switch (design.kind) {
    case 'table':
      return pinTable(design, model)
    case 'grid':
      return pinGrid(design, model)
    case 'oat':
      return pinOat(design, model, request.base?.inputs ?? {}, baseParams)
    case 'random':
    case 'lhs':
    case 'sobol':
    case 'saltelli':
      return pinSampled(design, model)
  }
}

function pinTable(given: Extract<Design, { kind: 'table' }>, model: ModelFacts): Outcome {
  const { rows, url, format } = given
  if (url !== undefined) {
    const design: PinnedDesign = { kind: 'table', url, ...(format === undefined ? {} : { format }) }
    return { design, members: undefined, varied: [], notes: [] }
  }
  const pinned = pinRows(rows!, model)
  if ('misfits' in pinned) return { misfits: under(['rows'], pinned.misfits) }
  const columns = pinned.subjects.map(({ column }) => column)
  const varied = pinned.subjects.map((each) => each.varied)
  return {
    design: { kind: 'table', columns, rows: pinned.rows },
    members: pinned.rows.length,
    varied,
    notes: [],
  }
}

function pinGrid({ vary }: LevelledDesign, model: ModelFacts): Outcome {
  const { found, misfits } = pinVary(vary, model, pinLevels)
  const counts = Object.values(vary).map(levelsIn)
  const digits = counts.reduce((sum, count) => sum + Math.log10(count), 0)
  const members = counts.reduce((product, count) => product * count, 1)
  if (members > MOST_MEMBERS)
    misfits.push({ at: ['vary'], detail: tooMany('the product of the levels', members, digits) })
  if (misfits.length > 0) return { misfits }
  const dimensions = found.map(({ subject, pinned }) => ({ ...subject.column, levels: pinned }))
  return { design: { kind: 'grid', dimensions }, members, varied: variedOf(found), notes: [] }
}

/** Member 0 is the base; a parameter's base value is the request's or the manifest's. */
function pinOat(
  { vary }: LevelledDesign,
  model: ModelFacts,
  baseInputs: NonNullable<NonNullable<EnsembleRequest['base']>['inputs']>,
  baseParams: Record<string, Value>,
): Outcome {
  const { found, misfits } = pinVary(vary, model, pinLevels)
  const members = Object.values(vary).reduce((sum, levels) => sum + levelsIn(levels), 1)
  if (members > MOST_MEMBERS) misfits.push({ at: ['vary'], detail: tooMany('1 + the levels', members) })
  const dimensions: Extract<PinnedDesign, { kind: 'oat' }>['dimensions'] = []
  for (const { subject, pinned } of found) {
    const { column, parameter } = subject
    const plain = plainName(column)
    const usual = parameter === undefined ? model.inputs[plain]?.default : parameter.default
    const own: Record<string, unknown> = parameter === undefined ? baseInputs : baseParams
    const base = Object.hasOwn(own, plain) ? own[plain] : usual
    const where = parameter === undefined ? 'base.inputs' : 'base.params'
    const checked = base === undefined ? { wrong: 'has none' } : pinValue(subject, base)
    if ('value' in checked) dimensions.push({ ...column, levels: pinned, base: checked.value })
    else if (base === undefined)
      misfits.push({
        at: ['vary', column.name],
        detail: `a name with a value in the base: the model has no default, so give one in ${where}`,
      })
    else misfits.push({ at: ['vary', column.name], detail: `a base value that fits: ${checked.wrong}` })
  }
  if (misfits.length > 0) return { misfits }
  return { design: { kind: 'oat', dimensions }, members, varied: variedOf(found), notes: [] }
}

function pinSampled({ kind, samples, seed, vary }: SampledDesign, model: ModelFacts): Outcome {
  const { found, misfits } = pinVary(vary, model, pinVarying)
  const count = Object.keys(vary).length
  const most = kind === 'saltelli' ? Math.floor(MOST_DIMENSIONS / 2) : MOST_DIMENSIONS
  if ((kind === 'sobol' || kind === 'saltelli') && count > most)
    misfits.push({
      at: ['vary'],
      detail: `at most ${most} names in a ${kind} design, not ${count}: its points have no more dimensions`,
    })
  if (kind === 'saltelli' && Object.hasOwn(vary, VERSION))
    misfits.push({
      at: ['vary', VERSION],
      detail:
        'not in a saltelli design, whose indices are of parameters: versions vary in grid, oat, table, random, lhs and sobol',
    })
  const members = kind === 'saltelli' ? samples * (count + 2) : samples
  const product = `${samples} × (${count} + 2)`
  if (members > MOST_MEMBERS) misfits.push({ at: ['samples'], detail: tooMany(product, members) })
  if (misfits.length > 0) return { misfits }
  const dimensions = found.map(({ subject, pinned }) => ({ ...subject.column, distribution: pinned }))
  const notes = kind === 'saltelli' ? [`samples are base rows: ${product} = ${members} members`] : []
  if (kind === 'sobol' && !Number.isInteger(Math.log2(samples)))
    notes.push(
      `Sobol' points are balanced where their number is a power of two: ${2 ** Math.ceil(Math.log2(samples))} rather than ${samples}`,
    )
  return { design: { kind, samples, seed, dimensions }, members, varied: variedOf(found), notes }
}

type Found<P> = { subject: Subject; pinned: P }

/** Everything that varies, by name, whatever the order of keys. */
function pinVary<G, P>(
  vary: Record<string, G>,
  model: ModelFacts,
  pinOne: (subject: Subject, given: G) => { pinned: P } | { misfits: Misfit[] },
): { found: Found<P>[]; misfits: Misfit[] } {
  const find = subjectsOf(model)
  const found: Found<P>[] = []
  const misfits: Misfit[] = []
  for (const [name, given] of Object.entries(vary)) {
    const subject = find(name)
    if ('unknown' in subject) {
      misfits.push({ at: ['vary', name], detail: subject.unknown })
      continue
    }
    const outcome = pinOne(subject, given)
    if ('pinned' in outcome) found.push({ subject, pinned: outcome.pinned })
    else misfits.push(...under(['vary', name], outcome.misfits))
  }
  return { found: found.toSorted((one, other) => byName(one.subject, other.subject)), misfits }
}

function under(path: PropertyKey[], misfits: readonly Misfit[]): Misfit[] {
  return misfits.map(({ at, detail }) => ({ at: [...path, ...at], detail }))
}

function variedOf(found: readonly { subject: Subject }[]): Varied[] {
  return found.map(({ subject }) => subject.varied)
}

function levelsIn({ values, linspace, logspace }: Levels): number {
  return values?.length ?? (linspace ?? logspace!)[2]
}

/** `digits` is the decimal logarithm, where the number itself is too large to be written. */
function tooMany(what: string, members: number, digits = Math.log10(members)): string {
  const count = Number.isSafeInteger(members) ? `${members}` : `about 10^${Math.round(digits)}`
  return `at most ${MOST_MEMBERS} members: ${what} would be ${count}`
}
