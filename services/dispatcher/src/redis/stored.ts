/** Reads back what we wrote ourselves. Unknown fields, from a newer version, are kept (H22). */
export function stored<T extends object>(text: string): T {
  const value: T = JSON.parse(text)
  return value
}
