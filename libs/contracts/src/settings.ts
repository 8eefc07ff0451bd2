/** Settings of a service, from its environment; a secret may stand in a file named by `<NAME>_FILE`. */
import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { parseDuration } from './quantities.ts'

/** Settings that are not right; the message names every one, with what would be. */
export class ConfigError extends Error {
  readonly code = 'CONFIG'
}

/**
 * Reads all settings at once. One that is empty counts as not given. `check` names what is wrong between settings
 * that are each right by themselves.
 */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  env: Record<string, string | undefined>,
  check: (settings: z.infer<Schema>) => string[] = () => [],
): Readonly<z.infer<Schema>> {
  const values: Record<string, string | undefined> = {}
  const problems: string[] = []
  const unread = new Set<unknown>()
  for (const name of Object.keys(schema.shape)) {
    const file = env[`${name}_FILE`]
    try {
      values[name] = (file === undefined ? env[name] : readFileSync(file, 'utf8').trim()) || undefined
    } catch (error) {
      unread.add(name)
      problems.push(`${name}_FILE: ${error instanceof Error ? error.message : 'cannot be read'}`)
    }
  }
  const parsed = schema.safeParse(values)
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0])
    if (!unread.has(name)) problems.push(`${name}: ${values[name] === undefined ? 'missing' : message}`)
  }
  if (parsed.success) problems.push(...check(parsed.data))
  if (parsed.success && problems.length === 0) return Object.freeze(parsed.data)
  throw new ConfigError(`settings are not right:\n${problems.map((each) => `  ${each}`).join('\n')}`)
}

/** Seconds of a setting that is a duration. */
export const seconds = (setting: string): number => parseDuration(setting)!
