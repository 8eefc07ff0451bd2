/** Cuts lists into pages, bounded in rows and in bytes. */

/** Bytes of JSON in a page at most, unless its first row alone is larger. */
const MOST_BYTES = 2 ** 20

/** Rows that are read at once. */
const STEP = 16

type Query = { cursor?: string | undefined; limit: number }

/**
 * The rows behind the cursor, which is the key of the last row of the page before; rows come sorted by key. So a
 * page is right even where rows came or went since.
 */
export function page<T>(
  rows: readonly T[],
  key: (row: T) => string,
  { cursor, limit }: Query,
): { items: T[]; next?: string } {
  const sorted = rows.map((row) => ({ row, key: key(row) })).toSorted((a, b) => (a.key < b.key ? -1 : 1))
  const rest = cursor === undefined ? sorted : sorted.filter((one) => one.key > cursor)
  let count = 0
  let bytes = 0
  for (const { row } of rest.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(row))
    if (count > 0 && bytes > MOST_BYTES) break
    count += 1
  }
  const items = rest.slice(0, count).map((one) => one.row)
  return count < rest.length ? { items, next: rest[count - 1]!.key } : { items }
}

/** Such a page of rows that are read by their keys, and only as far as the page goes; a row that has gone is left out. */
export async function pageOf<T>(
  keys: readonly string[],
  read: (key: string) => Promise<T | undefined>,
  { cursor, limit }: Query,
): Promise<{ items: T[]; next?: string }> {
  const sorted = keys.toSorted()
  const rest = cursor === undefined ? sorted : sorted.filter((key) => key > cursor)
  const asked = rest.slice(0, limit)
  const items: T[] = []
  let bytes = 0
  for (let from = 0; from < asked.length; from += STEP) {
    const rows = await Promise.all(asked.slice(from, from + STEP).map(read))
    for (const [at, row] of rows.entries()) {
      if (row === undefined) continue
      bytes += Buffer.byteLength(JSON.stringify(row))
      if (items.length > 0 && bytes > MOST_BYTES) return { items, next: asked[from + at - 1]! }
      items.push(row)
    }
  }
  return asked.length < rest.length ? { items, next: asked.at(-1)! } : { items }
}
