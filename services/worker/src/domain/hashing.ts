/** Which outputs are worth being read again for their hash. */

/** Bytes of one attempt's outputs that are hashed at most: a deadline waits for it. */
export const MOST_HASHED = 2 ** 31

/**
 * The files to hash, in order: of each rank the smallest first, for as long as they fit. `files` stand by rank already.
 */
export function worthHashing<F extends { name: string; bytes: number }>(
  files: readonly F[],
  rank: (name: string) => number,
  most: number,
): F[] {
  const order = files.toSorted((a, b) => rank(a.name) - rank(b.name) || a.bytes - b.bytes)
  let left = most
  return order.filter(({ bytes }) => {
    if (bytes > left) return false
    left -= bytes
    return true
  })
}
