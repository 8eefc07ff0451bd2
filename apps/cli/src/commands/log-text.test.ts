import { expect, test } from 'vitest'
import { startOfLast } from './log-text.ts'

test.each([
  ['a\nb\nc\n', 1, 'c\n'],
  ['a\nb\nc\n', 2, 'b\nc\n'],
  ['a\nb\nc', 1, 'c'],
  ['a\nb\nc', 2, 'b\nc'],
  ['a\nb\n', 2, 'a\nb\n'],
  ['a\nb\n', 9, 'a\nb\n'],
  ['\n\n\n', 2, '\n\n'],
  ['a\n', 0, ''],
  ['', 3, ''],
])('%j: the last %i', (text, lines, rest) => {
  const bytes = Buffer.from(text)
  expect(bytes.subarray(startOfLast(bytes, lines)).toString()).toBe(rest)
})
