/** What may vary: the model's parameters and inputs, with what their values must be. */
import {
  InputSource,
  misfit,
  unknownName,
  VERSION,
  type Manifest,
  type Parameter,
  type Varied,
} from '@carya/contracts'
import { plainName, type Column, type PinnedValue } from './pinned.ts'

/** What of a model decides whether a design fits it. */
export type ModelFacts = Pick<Manifest, 'parameters' | 'inputs'> & {
  /** the version that it is, and all there are: where versions may vary */
  versions?: { own: string; all: readonly string[] }
}

/** A fault at a place below the one that was given to be checked. */
export type Misfit = { at: PropertyKey[]; detail: string }

export type Subject = { column: Column; varied: Varied; parameter?: Parameter }

/** Finds what names stand for; of the first few that the model does not have, it guesses what was meant. */
export function subjectsOf(model: ModelFacts): (name: string) => Subject | { unknown: string } {
  const inputs = Object.keys(model.inputs).map((name) => `input.${name}`)
  const noParameter = unknownName('parameter', Object.keys(model.parameters))
  const noInput = unknownName('input', inputs)
  return (name) => {
    if (name === VERSION) return versionOf(model)
    if (name.startsWith('input.')) {
      const column: Column = { name, kind: 'input', type: 'input' }
      const plain = plainName(column)
      if (!Object.hasOwn(model.inputs, plain)) return { unknown: noInput(name) }
      const description = model.inputs[plain]!.description
      return {
        column,
        varied: { name, type: 'input', ...(description === undefined ? {} : { description }) },
      }
    }
    if (!Object.hasOwn(model.parameters, name)) return { unknown: noParameter(name) }
    return parameterSubject(name, model.parameters[name]!)
  }
}

export function parameterSubject(name: string, parameter: Parameter): Subject {
  const { type, unit, description } = parameter
  const varied = {
    name,
    type,
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
  }
  return { column: { name, kind: 'param', type }, varied, parameter }
}

/** The model's version, which varies as a text does, one of those that are registered. */
function versionOf({ versions }: ModelFacts): Subject | { unknown: string } {
  if (!versions) return { unknown: 'a parameter or an input: versions cannot vary here' }
  const type = 'string' as const
  return {
    column: { name: VERSION, kind: 'param', type },
    varied: { name: VERSION, type, description: 'version of the model' },
    parameter: { type, choices: [...versions.all], default: versions.own },
  }
}

/** The value as it is kept, or what would be right instead. */
export function pinValue({ parameter }: Subject, value: unknown): { value: PinnedValue } | { wrong: string } {
  if (parameter === undefined) {
    const parsed = InputSource.safeParse(value)
    if (!parsed.success) return { wrong: parsed.error.issues[0]?.message ?? 'a source of the input' }
    const { url, sha256 } = typeof parsed.data === 'string' ? { url: parsed.data } : parsed.data
    return { value: sha256 === undefined ? { url } : { url, sha256 } }
  }
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string')
    return { wrong: 'a value of the parameter' }
  if (typeof value === 'number' && !Number.isFinite(value)) return { wrong: 'a finite number' }
  const wrong = misfit(parameter, value)
  return wrong === undefined ? { value } : { wrong }
}

/** Values of a list, those that do not fit by their place. */
export function pinValues(subject: Subject, values: readonly unknown[]) {
  const kept: PinnedValue[] = []
  const misfits: Misfit[] = []
  for (const [at, each] of values.entries()) {
    const pinned = pinValue(subject, each)
    if ('value' in pinned) kept.push(pinned.value)
    else misfits.push({ at: [at], detail: pinned.wrong })
  }
  return { kept, misfits }
}

/** Why numbers of a distribution or evenly spaced levels are not for this; undefined where they are. */
export function notNumeric({ column: { name, type } }: Subject): string | undefined {
  if (type === 'number' || type === 'integer') return undefined
  return `values: ${name} is ${type === 'input' ? 'an' : 'a'} ${type}, and takes only a list`
}
