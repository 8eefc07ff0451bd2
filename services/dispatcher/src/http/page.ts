/** Cuts a list that the service holds whole into pages, bounded in rows and in bytes. */

/** Bytes of JSON in a page at most, unless its first row alone is larger. */
const MOST_BYTES = 2 ** 20

/**
 * The rows behind the cursor, which is the key of the last row of the page before; rows come sorted by key. So a
 * page is right even where rows came or went since.
 */
export function page<T>(
  rows: readonly T[],
  key: (row: T) => string,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
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
