/** Which entries of a cache go when room is needed. */

/** `bytes`: what it takes on the disk; `usedAt`: any clock that runs on. */
export type Entry = { key: string; bytes: number; usedAt: number }

/** Least recently used first, so many that `bytes` are free; those that are held are passed over. */
export function leastUsed<T extends Entry>(
  entries: Iterable<T>,
  isHeld: (key: string) => boolean,
  bytes: number,
): T[] {
  const chosen: T[] = []
  let freed = 0
  for (const entry of [...entries].toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (freed >= bytes) break
    if (isHeld(entry.key)) continue
    chosen.push(entry)
    freed += entry.bytes
  }
  return chosen
}
