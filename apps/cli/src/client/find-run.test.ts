import { expect, test } from 'vitest'
import { endsWith, shortId } from './find-run.ts'

const id = 'r01jd7x8c6vqqqqqqqqqr4f7k2q'

test('an id is shown by its letter and its end', () => {
  expect(shortId(id)).toBe('r4f7k2q')
  expect(shortId('e01jd7x8c6vqqqqqqqqqr4f7k2q-17')).toBe('e4f7k2q-17')
})

test.each([
  [shortId(id), true],
  ['f7k2q', true],
  ['7k2q', true],
  ['r4f7k2q', true],
  ['rr4f7k2q', true],
  ['rk2q', false],
  ['e4f7k2q', false],
  ['01jd', false],
])('%s: %s', (word, means) => {
  expect(endsWith(id, word)).toBe(means)
})
