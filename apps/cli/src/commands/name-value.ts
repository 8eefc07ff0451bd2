/** `name=value` as options of a command give it. */
import type { Parameter } from '@carya/contracts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

/** Pairs by name; fails as wrong use, naming every pair that is none or names a thing twice. `option` is for the message. */
export function parsePairs(pairs: readonly string[], option: string): Map<string, string> {
  const values = new Map<string, string>()
  const errors: { path: string; value: string; detail: string }[] = []
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at)
    if (at < 1) errors.push({ path: option, value: pair, detail: 'must be name=value' })
    else if (values.has(name)) errors.push({ path: option, value: pair, detail: `${name} is given twice` })
    else values.set(name, pair.slice(at + 1))
  }
  if (errors.length === 0) return values
  throw new CommandFailure(exitCodes.usage, { title: `${option} is not understood`, errors })
}

/**
 * A parameter's value from its text: by the declared type where it is known (what does not fit stays text, and the
 * service says what would be right), else a number or a boolean where it reads as one, else text.
 */
export function parseValue(text: string, type?: Parameter['type']): string | number | boolean {
  if (type === 'string') return text
  if ((type === undefined || type === 'boolean') && /^(true|false)$/.test(text)) return text === 'true'
  if (type === 'boolean') return text
  const number = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(number) ? number : text
}
