import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { noProgress, readProgress } from './progress.ts'

const read = (...pieces: string[]) => pieces.reduce(readProgress, noProgress).progress

test('the last whole line that tells progress counts', () => {
  expect(read('::progress 0.1\nday 3\n::progress 0.5\n::progress 0.9')).toBe(0.5)
  expect(read('::progress 1\r\n')).toBe(1)
  expect(read('::progress 1e-3\n')).toBe(0.001)
})

test.each(['progress 0.1', ' ::progress 0.1', '::progress', '::progress x', '::progress 1.5', ''])(
  '%j tells none, or nothing new',
  (line) => {
    expect(read(`${line}\n`)).toBeUndefined()
  },
)

test('a line may come in any pieces, and an endless one costs nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(40), { maxLength: 5 }), (cuts) => {
      const text = 'noise\n::progress 0.25\nmore\n'
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length]
      expect(read(...at.slice(1).map((end, i) => text.slice(at[i], end)))).toBe(0.25)
    }),
  )
  const long = Array.from({ length: 100 }, () => 'x'.repeat(10_000)).reduce(readProgress, noProgress)
  expect(long.unfinished.length).toBeLessThan(200)
})
