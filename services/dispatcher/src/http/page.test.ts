import { expect, test } from 'vitest'
import { pageOf } from './page.ts'

const names = ['c', 'a', 'b', 'd', 'gone']

test('pages that are read by key go through all rows once, whatever is gone meanwhile', async () => {
  const read = async (key: string) => (key === 'gone' ? undefined : key.toUpperCase())
  const first = await pageOf(names, read, { limit: 3 })
  expect(first).toEqual({ items: ['A', 'B', 'C'], next: 'c' })
  expect(await pageOf(names, read, { limit: 3, cursor: 'c' })).toEqual({ items: ['D'] })
  expect(await pageOf(names, read, { limit: 3, cursor: 'gone' })).toEqual({ items: [] })
})

test('of large rows only those of the page are read, and a few more', async () => {
  const keys = Array.from({ length: 1000 }, (_, i) => `${i}`.padStart(3, '0'))
  const asked: string[] = []
  const read = async (key: string) => {
    asked.push(key)
    return { key, text: 'x'.repeat(300 * 1024) }
  }
  const found: string[] = []
  let cursor: string | undefined
  do {
    asked.length = 0
    const page = await pageOf(keys, read, { limit: 500, cursor })
    expect(asked.length).toBeLessThanOrEqual(16)
    found.push(...page.items.map(({ key }) => key))
    cursor = page.next
  } while (cursor !== undefined && found.length < 30)
  expect(found).toEqual(keys.slice(0, 30))
})
