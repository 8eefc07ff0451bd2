/** The design that the words of a command ask for, and what does not fit together in them. */
import { nearest } from '@carya/contracts/nearest'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { parseValue } from '../commands/name-value.ts'
import { isLevels, type Varied, type Way } from './vary.ts'

export type DesignWords = { design?: string; samples?: string; seed?: string; table?: string }

/** A design as the request has it, but for the sources of its inputs and its table. */
export type DesignWish = { kind: string } & Record<string, unknown>

const SAMPLED = ['random', 'lhs', 'sobol', 'saltelli']
const LEVELLED = ['grid', 'oat']
const KINDS = [...LEVELLED, ...SAMPLED]

type Fault = { path: string; value?: unknown; detail: string }

/**
 * The design. Where none is named it is a table where one is given, a grid where only levels vary and no samples are
 * asked, else a Latin hypercube. Fails as wrong use, naming everything that does not fit.
 */
export function designOf(words: DesignWords, varied: readonly Varied[]): DesignWish {
  const kind = words.design ?? defaultKind(words, varied)
  const faults = kind === 'table' ? tableFaults(words, varied) : faultsOf(kind, words, varied)
  if (faults.length > 0)
    throw new CommandFailure(exitCodes.usage, {
      title: 'The design is not understood',
      errors: faults,
      help: ['carya ensemble --help shows examples.'],
    })
  if (kind === 'table') return { kind, url: words.table }
  const vary: Record<string, Way> = Object.fromEntries(varied.map(({ name, way }) => [name, way]))
  const { samples, seed } = words
  return {
    kind,
    ...(samples === undefined ? {} : { samples: parseValue(samples) }),
    ...(seed === undefined ? {} : { seed: parseValue(seed) }),
    vary,
  }
}

function defaultKind({ table, samples }: DesignWords, varied: readonly Varied[]): string {
  if (table !== undefined) return 'table'
  return samples === undefined && varied.length > 0 && varied.every(({ kind }) => isLevels(kind))
    ? 'grid'
    : 'lhs'
}

function tableFaults({ table, samples, seed }: DesignWords, varied: readonly Varied[]): Fault[] {
  const detail = 'not with a table: each of its rows is a member'
  return [
    ...(table === undefined ? [{ path: '--table', detail: 'the file or URL of the table is missing' }] : []),
    ...(samples === undefined ? [] : [{ path: '--samples', value: samples, detail }]),
    ...(seed === undefined ? [] : [{ path: '--seed', value: seed, detail }]),
    ...varied.map(({ name }) => ({ path: `--vary ${name}`, detail })),
  ]
}

function faultsOf(kind: string, { samples, seed, table }: DesignWords, varied: readonly Varied[]): Fault[] {
  if (!KINDS.includes(kind)) {
    const near = nearest(kind, [...KINDS, 'table'])
    const detail = near === undefined ? `one of table, ${KINDS.join(', ')}` : `did you mean ${near}?`
    return [{ path: '--design', value: kind, detail }]
  }
  const all = LEVELLED.includes(kind)
  const faults: Fault[] = []
  if (table !== undefined)
    faults.push({ path: '--table', value: table, detail: `not with --design ${kind}: a table is a design` })
  if (varied.length === 0 && table === undefined)
    faults.push({ path: '--vary', detail: 'what varies is missing, for example --vary k=uniform:0.1:0.5' })
  if (!all && samples === undefined)
    faults.push({ path: '--samples', detail: `${kind} needs to know how many, for example --samples 100` })
  if (all) {
    const detail = `not with ${kind}: it takes every level`
    if (samples !== undefined) faults.push({ path: '--samples', value: samples, detail })
    if (seed !== undefined) faults.push({ path: '--seed', value: seed, detail })
  }
  for (const { name, kind: how } of varied) {
    if (all && !isLevels(how))
      faults.push({
        path: `--vary ${name}`,
        value: how,
        detail: `${kind} goes through levels: values, linspace or logspace`,
      })
    if (!all && isLevels(how) && how !== 'values')
      faults.push({
        path: `--vary ${name}`,
        value: how,
        detail: `${kind} draws from a distribution; ${how} is for grid and oat`,
      })
  }
  return faults
}

/** `continue`, `stop`, or `tolerate:5%` (`tolerate:0.05`); fails as wrong use where it is none of them. */
export function failurePolicyOf(text: string): Record<string, unknown> {
  if (text === 'continue' || text === 'stop') return { policy: text }
  const [, number, percent] = /^tolerate:(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(text) ?? []
  // written out, so that 7 % is 0.07 and not 0.07000000000000001
  if (number !== undefined)
    return { policy: 'tolerate', share: percent === '' ? Number(number) : Number(`${number}e-2`) }
  throw new CommandFailure(exitCodes.usage, {
    title: '--fail is not understood',
    errors: [{ path: '--fail', value: text, detail: 'continue, stop, or tolerate:5%' }],
  })
}
