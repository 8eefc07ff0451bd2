/** Arithmetic on RFC 3339 times in UTC: pure, so that decisions can use it without a clock. */

/** The time so many seconds later (or, where negative, earlier). */
export function later(time: string, seconds: number): string {
  return new Date(Date.parse(time) + seconds * 1000).toISOString()
}

/** Milliseconds since 1970. */
export function milliseconds(time: string): number {
  return Date.parse(time)
}
