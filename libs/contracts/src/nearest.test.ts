import { expect, test } from 'vitest'
import { edits, fewGuesses, nearest } from './nearest.ts'

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
  // nobody mistypes so long a word, and a guess at it would take long
  expect(nearest('a'.repeat(400_000), ['b'.repeat(400_000)])).toBeUndefined()
})

test('only the first few are guessed at', () => {
  const guess = fewGuesses(2)
  expect([1, 2, 3].map(() => guess('dalek', ['dalec']))).toEqual(['dalec', 'dalec', undefined])
})
