/** What kind of error something is, read from the field its thrower keeps it in. */

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

/** The error's own words. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
