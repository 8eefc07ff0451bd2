/** Whether a file could not be read because the model that left it lets nobody. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EACCES'
}
