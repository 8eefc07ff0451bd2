import { expect, test } from 'vitest'
import { edits, nearest } from './nearest.ts'

test.each([
  ['', '', 0],
  ['abc', 'abc', 0],
  ['abc', 'acb', 1],
  ['abc', 'ab', 1],
  ['abc', 'xabc', 1],
  ['kitten', 'sitting', 3],
])('%s to %s takes %i', (a, b, n) => {
  expect(edits(a, b)).toBe(n)
})

test('the nearest word is suggested only where it is near', () => {
  const known = ['dalec', 'sipnet', 'ed2']
  expect(nearest('dalek', known)).toBe('dalec')
  expect(nearest('DALEC', known)).toBe('dalec')
  expect(nearest('spinet', known)).toBe('sipnet')
  expect(nearest('biome', known)).toBeUndefined()
  expect(nearest('x', [])).toBeUndefined()
})
