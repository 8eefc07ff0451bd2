/** What is told of a fault: a schema's own words where it has some, else those of zod, put so that nobody needs to know it. */
import type { z } from 'zod'

/** What JSON and YAML hold, by zod's names. */
const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map of fields',
  record: 'a map of fields',
  null: 'nothing',
  Uint8Array: 'binary data',
}
const ZODS_TYPE = /^Invalid input: expected \w+, received (\w+)$/
const ZODS_CHOICE = /^Invalid (?:option|input): expected /

/** What would be right at the place of an issue. */
export function wordingOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    const received = ZODS_TYPE.exec(issue.message)?.[1]
    if (received === undefined) return issue.message
    const expected = kind(issue.expected)
    if (received === 'undefined') return `missing: ${expected} is needed here`
    return kind(received) === expected ? expected : `${expected}, not ${kind(received)}`
  }
  if (issue.code === 'invalid_value' && ZODS_CHOICE.test(issue.message)) {
    const values = issue.values.map(String)
    return values.length === 1 ? values[0]! : `one of ${values.join(', ')}`
  }
  return issue.message
}

const kind = (name: string): string => KINDS[name] ?? name
