import * as fc from 'fast-check'
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

test('a bound changes nothing of what is within it, and of no more than can be told beyond', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 })
  fc.assert(
    fc.property(words, words, fc.nat(6), (a, b, most) => {
      const whole = edits(a, b)
      expect(whole).toBe(plainly(a, b))
      if (whole <= most) expect(edits(a, b, most)).toBe(whole)
      else expect(edits(a, b, most)).toBeGreaterThan(most)
    }),
    { numRuns: 500 },
  )
})

test('of many long words only the first are compared', () => {
  const known = Array.from({ length: 1000 }, (_, i) => `${'abcdefgh'.repeat(12)}${i}`)
  const wrong = (i: number) => `x${known[i]!.slice(1)}`
  expect(nearest(wrong(3), known)).toBe(known[3])
  expect(nearest(`y${known[999]!}`, known)).not.toBe(known[999])
})

/** Optimal string alignment by its definition. */
function plainly(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length
  const [x, y] = [a.slice(0, -1), b.slice(0, -1)]
  const isSwapped = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)
  const swapped = isSwapped ? plainly(a.slice(0, -2), b.slice(0, -2)) + 1 : Infinity
  const same = a.at(-1) === b.at(-1) ? 0 : 1
  return Math.min(plainly(x, b) + 1, plainly(a, y) + 1, plainly(x, y) + same, swapped)
}

test('only the first few are guessed at', () => {
  const guess = fewGuesses(2)
  expect([1, 2, 3].map(() => guess('dalek', ['dalec']))).toEqual(['dalec', 'dalec', undefined])
})
