/** Several lists, each newest first and given page by page, as one. */
import type { EnsembleRow, RunRow } from '@carya/contracts'
import { latestFirst } from '../client/find-run.ts'

export type Row = RunRow | EnsembleRow
export type Page = (
  cursor: string | undefined,
) => Promise<{ items: readonly Row[]; next?: string | undefined }>

/** Whether a row is an ensemble's. */
export function isEnsemble(row: Row): row is EnsembleRow {
  return row.id.startsWith('e')
}

/**
 * The latest rows of all lists, at most so many. `next` is there where more follow: the id of the last row given.
 * Of each list no more pages are read than that takes.
 */
export async function merged(pages: readonly Page[], most: number): Promise<{ items: Row[]; next?: string }> {
  const lists = pages.map((page) => ({
    page,
    rows: [] as Row[],
    cursor: undefined as string | undefined,
    more: true,
  }))
  const items: Row[] = []
  for (;;) {
    await Promise.all(lists.map(fill))
    const heads = lists.filter(({ rows }) => rows.length > 0)
    const [first] = heads.toSorted((one, other) => latestFirst(one.rows[0]!, other.rows[0]!))
    if (!first) return { items }
    if (items.length === most) return { items, next: items.at(-1)!.id }
    items.push(first.rows.shift()!)
  }
}

/** Reads on until there is a row, or the list is at its end. */
async function fill(list: { page: Page; rows: Row[]; cursor: string | undefined; more: boolean }) {
  while (list.rows.length === 0 && list.more) {
    const { items, next } = await list.page(list.cursor)
    list.rows.push(...items)
    list.cursor = next
    list.more = next !== undefined
  }
}
