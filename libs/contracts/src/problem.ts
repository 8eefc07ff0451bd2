/**
 * What a bad request is told, the same over AMQP and HTTP: an RFC 9457 problem document that names every
 * fault at once, each with its place, the value found there and what would be right.
 */
import { z } from 'zod'
import { wordingOf } from './fault-wording.ts'
import { fieldsAt } from './fields.ts'
import { fewGuesses } from './nearest.ts'

export const ProblemError = z
  .looseObject({ path: z.string(), value: z.unknown(), detail: z.string() })
  .meta({ id: 'ProblemError', description: 'One fault: where, what was found there, what would be right' })
export type ProblemError = z.infer<typeof ProblemError>

export const Problem = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z.array(ProblemError).optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem document' })
export type Problem = z.infer<typeof Problem>

const MAX_ERRORS = 100
const MAX_VALUE = 200
const MAX_PATH = 500
/** Parts of a value that is shown whole. */
const MAX_PARTS = 100

/** A fault at its place: keys and indices from the root of what was checked. `isKey`: the key itself is wrong, whatever stands behind it. */
export type Misplaced = { at: PropertyKey[]; detail: string; isKey?: true }

/** Names that a guess is looked for: who has more of them wrong has not mistyped them. */
const MOST_GUESSES = 20

/**
 * Every fault zod found, unions flattened to their own word, unknown fields named one by one; with the schema, what was
 * meant is guessed of the first few of them.
 */
export function faultsOf(error: z.ZodError, schema?: z.ZodType): Misplaced[] {
  const guess = fewGuesses(MOST_GUESSES)
  return error.issues.flatMap((issue): Misplaced[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => {
        const near = schema && guess(key, fieldsAt(schema, issue.path))
        const help = near === undefined ? 'check its spelling' : `did you mean ${near}?`
        return { at: [...issue.path, key], detail: `no such field: ${help}`, isKey: true }
      })
    if (issue.code === 'invalid_key')
      return [{ at: issue.path, detail: issue.issues[0]?.message ?? issue.message, isKey: true }]
    return [{ at: issue.path, detail: wordingOf(issue) }]
  })
}

/** The same as they are told, with the values of `input` that stand there. */
export function errorsOf(error: z.ZodError, input: unknown, schema?: z.ZodType): ProblemError[] {
  return faultsOf(error, schema).map(({ at, detail }) => fault(at, input, detail))
}

/** One fault at a path, with the value that stands there, cut to a size that can be shown. */
export function fault(path: readonly PropertyKey[], input: unknown, detail: string): ProblemError {
  let value = input
  for (const step of path)
    value = isObject(value) && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined
  return { path: cut(path.map(String).join('.'), MAX_PATH), value: shown(value), detail }
}

/** The problem document of a request with these faults; at most a hundred are listed, and it says how many there were. */
export function badRequest(errors: readonly ProblemError[]): Problem {
  const listed = errors.slice(0, MAX_ERRORS)
  const more = errors.length > listed.length ? ` (the first ${listed.length} are listed)` : ''
  const count = errors.length === 1 ? '1 fault' : `${errors.length} faults`
  return {
    type: 'urn:carya:problem:bad-request',
    title: 'The request is not right',
    status: 400,
    detail: `${count}${more}: ${listed[0]?.path ?? ''} ${listed[0]?.detail ?? ''}`.trim(),
    errors: listed,
  }
}

/** A problem that has no list of faults. `code` is the last word of its type. */
export function problem(status: number, code: string, title: string, detail?: string): Problem {
  return { type: `urn:carya:problem:${code}`, title, status, ...(detail === undefined ? {} : { detail }) }
}

/** A value as it may be shown, whatever it is: long text cut, large structures only named. */
function shown(value: unknown): unknown {
  if (typeof value === 'string') return cut(value, MAX_VALUE)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (!isObject(value)) return value
  if (!isSmall(value))
    return Array.isArray(value)
      ? `a large list, of ${value.length}`
      : `a large object, of ${Object.keys(value).length} fields`
  const text = JSON.stringify(value)
  return text.length > MAX_VALUE ? cut(text, MAX_VALUE) : value
}

/** Whether it has few parts, and so few levels too. Looks no further than it must. */
function isSmall(value: object): boolean {
  const open: unknown[] = [value]
  for (let count = 0; open.length > 0; count += 1) {
    if (count + open.length > MAX_PARTS) return false
    const part = open.pop()
    if (!isObject(part)) continue
    if (Object.keys(part).length > MAX_PARTS) return false
    open.push(...Object.values(part))
  }
  return true
}

/** Half a character is no text: not every reader of JSON takes it. */
function cut(text: string, most: number): string {
  return (text.length > most ? `${text.slice(0, most)}…` : text).toWellFormed()
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
