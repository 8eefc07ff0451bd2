import { expect, test } from 'vitest'
import { leastUsed } from './eviction.ts'

const entries = [
  { key: 'new', bytes: 10, usedAt: 3 },
  { key: 'old', bytes: 10, usedAt: 1 },
  { key: 'middle', bytes: 10, usedAt: 2 },
]
const keys = (held: string[], bytes: number) =>
  leastUsed(entries, (key) => held.includes(key), bytes).map(({ key }) => key)

test('those go that were not used for longest, and no more than are needed', () => {
  expect(keys([], 0)).toEqual([])
  expect(keys([], 10)).toEqual(['old'])
  expect(keys([], 11)).toEqual(['old', 'middle'])
  expect(keys([], 1000)).toEqual(['old', 'middle', 'new'])
})

test('what is held stays, however much is needed', () => {
  expect(keys(['old'], 10)).toEqual(['middle'])
  expect(keys(['old', 'middle', 'new'], 1000)).toEqual([])
})
