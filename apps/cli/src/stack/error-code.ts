/** What kind of error something is, read from the field its thrower keeps it in. */
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

/** The code of a system error (`ENOENT`), or nothing. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The HTTP status that the engine answered with, or nothing. */
export function engineStatus(error: unknown): number | undefined {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : undefined
}

/** What the engine said when it refused a request, without what its client puts before it. */
export const engineWords = (error: unknown): string =>
  wordsOf(error)
    .replace(/^\(HTTP code \d+\) [a-z ]+ - /, '')
    .trim()

/** The engine's word on a request it refused, as a failure of the command; nothing for an error of another kind. */
export function engineRefusal(error: unknown): CommandFailure | undefined {
  if (engineStatus(error) === undefined) return undefined
  return new CommandFailure(
    exitCodes.failed,
    {
      title: 'The container engine refused.',
      detail: wordsOf(error).trim(),
      help: ['carya doctor checks the engine.'],
    },
    error,
  )
}

/** The error's own words. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
