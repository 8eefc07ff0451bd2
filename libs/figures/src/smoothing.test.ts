import { expect, test } from 'vitest'
import { blocksOf, meansOf, timesOf, wordsOfThinned } from './smoothing.ts'

const HOUR = 3_600_000
const every = (step: number, count: number) => ({
  kind: 'dates' as const,
  values: Array.from({ length: count }, (_, at) => at * step),
})

test('short series are drawn as they are', () => {
  expect(blocksOf(every(24 * HOUR, 500))).toEqual({ steps: 1 })
})

test('long ones as means over a span that has a name, where there is one', () => {
  expect(blocksOf(every(24 * HOUR, 1461))).toEqual({ steps: 7, words: '7-day means' })
  expect(blocksOf(every(HOUR, 8784))).toEqual({ steps: 24, words: 'daily means' })
  expect(blocksOf(every(HOUR / 2, 17_520))).toEqual({ steps: 48, words: 'daily means' })
  const numbers = Array.from({ length: 1200 }, (_, at) => at)
  expect(blocksOf({ kind: 'numbers', values: numbers })).toEqual({
    steps: 3,
    words: 'means over 3 time steps',
  })
})

test('what is missing in a block is left out of its mean', () => {
  expect(meansOf([1, 3, null, 5, null, null, 8], 2)).toEqual([2, 5, null, 8])
})

test('a mean stands in the middle of its block, of names at the first', () => {
  expect(timesOf({ kind: 'numbers', values: [0, 2, 4, 6] }, 2).values).toEqual([1, 5])
  expect(timesOf({ kind: 'names', values: ['a', 'b', 'c'] }, 2).values).toEqual(['a', 'c'])
})

test('means that came as such are named by the time between them', () => {
  expect(wordsOfThinned(every(7 * 24 * HOUR, 3))).toBe('7-day means')
  expect(wordsOfThinned(every(24 * HOUR, 3))).toBe('daily means')
  expect(wordsOfThinned(every(3 * HOUR, 3))).toBe('3-hour means')
  expect(wordsOfThinned(every(HOUR / 2, 3))).toBe('means over several time steps')
  expect(wordsOfThinned({ kind: 'names', values: ['a', 'b'] })).toBe('means over several time steps')
})
