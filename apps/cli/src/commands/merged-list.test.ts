import type { RunRow } from '@carya/contracts'
import { expect, test } from 'vitest'
import { merged, type Page } from './merged-list.ts'

const row = (id: string, minute: number): RunRow => ({
  id,
  state: 'running',
  submitter: 'ann',
  model: 'dalec@1.0.0',
  labels: {},
  createdAt: new Date(minute * 60_000).toISOString(),
})

/** A list in pages of two; `asked` counts them. */
function list(rows: readonly RunRow[], asked: string[], name: string): Page {
  return async (cursor = '0') => {
    asked.push(name)
    const from = Number(cursor)
    const next = from + 2 < rows.length ? { next: String(from + 2) } : {}
    return { items: rows.slice(from, from + 2), ...next }
  }
}

const runs = [row('r9', 9), row('r7', 7), row('r5', 5), row('r3', 3)]
const ensembles = [row('e8', 8), row('e6', 6), row('e1', 1)]

test('two lists become one, newest first, over their pages', async () => {
  const asked: string[] = []
  const { items, next } = await merged([list(runs, asked, 'r'), list(ensembles, asked, 'e')], 100)
  expect(items.map(({ id }) => id)).toEqual(['r9', 'e8', 'r7', 'e6', 'r5', 'r3', 'e1'])
  expect(next).toBeUndefined()
  expect(asked).toHaveLength(4)
})

test('no more is read than is asked for, and what is behind it is told', async () => {
  const asked: string[] = []
  const { items, next } = await merged([list(runs, asked, 'r'), list(ensembles, asked, 'e')], 2)
  expect(items.map(({ id }) => id)).toEqual(['r9', 'e8'])
  expect(next).toBe('e8')
  expect(asked).toEqual(['r', 'e'])
})

test('exactly as many as there are leaves nothing behind', async () => {
  expect(await merged([list(runs, [], 'r')], 4)).toEqual({ items: runs })
  expect(await merged([list([], [], 'r'), list([], [], 'e')], 4)).toEqual({ items: [] })
})
