/**
 * What `--vary` says: `k` alone (as the manifest says), `k=uniform:0.1:0.5`, `n=normal:10:2:truncate`, `input.drivers=values:a.csv,b.csv`. Here it is
 * seen whether the words can be understood; whether their numbers are right (the lower one first, within the model's
 * range), the service says.
 */
import type { Parameter } from '@carya/contracts'
import { nearest } from '@carya/contracts/nearest'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'
import { parsePairs, parseValue } from '../commands/name-value.ts'

/** One way to vary, as the request has it: `{ uniform: [0.1, 0.5] }`. */
export type Way = Record<string, unknown>

export type Varied = {
  name: string
  kind: string
  way: Way
}

/** As `VERSION` of the contracts, which are not loaded for it. */
const VERSION = '@version'

/** Shown where a word is not understood. */
const FORMS: Record<string, string> = {
  uniform: 'uniform:LOW:HIGH',
  loguniform: 'loguniform:LOW:HIGH',
  normal: 'normal:MEAN:SD',
  lognormal: 'lognormal:MU:SIGMA',
  triangular: 'triangular:LOW:MODE:HIGH',
  beta: 'beta:A:B or beta:A:B:LOW:HIGH',
  gamma: 'gamma:SHAPE:SCALE',
  values: 'values:A,B,C',
  linspace: 'linspace:FIRST:LAST:HOW_MANY',
  logspace: 'logspace:FIRST:LAST:HOW_MANY',
}

/** How many numbers each kind takes. */
const NUMBERS: Record<string, readonly number[]> = {
  uniform: [2],
  loguniform: [2],
  normal: [2],
  lognormal: [2],
  triangular: [3],
  beta: [2, 4],
  gamma: [2],
  linspace: [3],
  logspace: [3],
}

/** Lists of levels, for designs that go through all of them; `values` also is a distribution. */
export const isLevels = (kind: string): boolean => ['values', 'linspace', 'logspace'].includes(kind)

/** What varies, in the order given. Fails as wrong use, naming every `--vary` that is not understood. */
export function parseVary(
  words: readonly string[],
  parameters: Readonly<Record<string, Parameter>> = {},
): Varied[] {
  const errors: { path: string; value: string; detail: string }[] = []
  const varied: Varied[] = []
  // a name alone: the manifest says how
  const named = words.map((word) => (word === '' || word.includes('=') ? word : `${word}=manifest`))
  for (const [name, text] of parsePairs(named, '--vary')) {
    // a version is a text, however much it looks like a number
    const type = name === VERSION ? 'string' : parameters[name]?.type
    const read = wayOf(text, type, name.startsWith('input.'))
    if (typeof read === 'string') errors.push({ path: `--vary ${name}`, value: text, detail: read })
    else varied.push({ name, ...read })
  }
  if (errors.length === 0) return varied
  throw new CommandFailure(exitCodes.usage, {
    title: '--vary is not understood',
    errors,
    help: ['carya ensemble --help lists the forms.'],
  })
}

/** The kind and what the request says of it, or what is wrong. */
function wayOf(
  text: string,
  type: Parameter['type'] | undefined,
  isInput: boolean,
): { kind: string; way: Way } | string {
  const [kind, rest] = splitAt(text, ':')
  if (isInput && kind !== 'values') return 'an input varies by values:A,B,C: files here, or URLs'
  if (kind === 'values') {
    const values = (rest ?? '').split(',')
    if (values.some((value) => value === '')) return `${FORMS['values']}: a value is empty`
    return { kind, way: { values: isInput ? values : values.map((value) => parseValue(value, type)) } }
  }
  if (text === 'manifest') return { kind, way: { manifest: true } }
  const counts = NUMBERS[kind]
  if (counts === undefined) return unknown(kind)
  const [before, truncated] = splitTruncate((rest ?? '').split(':'))
  const form = `${kind} is written ${FORMS[kind]}`
  if (rest === undefined || !counts.includes(before.length)) return form
  const numbers = before.map((word) => parseValue(word, 'number'))
  const wrong = before[numbers.findIndex((value) => typeof value !== 'number')]
  if (wrong !== undefined) return `${form}; ${JSON.stringify(wrong)} is no number`
  if (truncated === undefined) return { kind, way: { [kind]: numbers } }
  if (isLevels(kind)) return `${kind} is a list of levels: it cannot be truncated`
  const truncate = truncateOf(truncated)
  if (truncate === undefined)
    return 'truncate is written :truncate (to the range of the model), or :truncate:LOW:HIGH'
  return { kind, way: { [kind]: numbers, truncate } }
}

function splitAt(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function splitTruncate(words: readonly string[]): [string[], string[] | undefined] {
  const at = words.indexOf('truncate')
  return at < 0 ? [[...words], undefined] : [words.slice(0, at), words.slice(at + 1)]
}

function truncateOf(words: readonly string[]): 'range' | number[] | undefined {
  if (words.length === 0) return 'range'
  const numbers = words.map((word) => parseValue(word, 'number')).filter((value) => typeof value === 'number')
  return words.length === 2 && numbers.length === 2 ? numbers : undefined
}

function unknown(kind: string): string {
  const near = nearest(kind, Object.keys(FORMS))
  return near === undefined ? `one of ${Object.keys(FORMS).join(', ')}` : `did you mean ${FORMS[near]}?`
}
