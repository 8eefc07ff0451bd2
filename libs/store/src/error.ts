/** What can be wrong with something that was asked of the store; trouble of the disk itself stays an errno error. */
export type StoreErrorCode = 'missing' | 'outside' | 'not_a_file' | 'too_large' | 'mismatch'

export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** The errno code of a file system error, such as `ENOENT`. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
