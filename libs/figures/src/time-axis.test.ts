import { expect, test } from 'vitest'
import { readTimes } from './time-axis.ts'

const utc = (...parts: [number, number, number?, number?]) => Date.UTC(...parts)

test.each([
  [
    ['2012-01-01', '2012-01-02'],
    [utc(2012, 0, 1), utc(2012, 0, 2)],
  ],
  [
    ['2012-01', '2012-02'],
    [utc(2012, 0), utc(2012, 1)],
  ],
  [
    ['2012-01-01 06:00', '2012-01-01T07:00:00'],
    [utc(2012, 0, 1, 6), utc(2012, 0, 1, 7)],
  ],
  [
    ['2012-01-01T06:00Z', '2012-01-01T06:00:00.5-02:00'],
    [utc(2012, 0, 1, 6), utc(2012, 0, 1, 8) + 500],
  ],
])('%j are dates, in UTC where they do not say', (times, values) => {
  expect(readTimes(times)).toEqual({ kind: 'dates', values })
})

test('years, days and other numbers are numbers', () => {
  expect(readTimes(['1960', '1961'])).toEqual({ kind: 'numbers', values: [1960, 1961] })
  expect(readTimes(['-0.5', '1e3'])).toEqual({ kind: 'numbers', values: [-0.5, 1000] })
})

test.each([
  [['spring', 'summer']],
  [['2012-01-01', '7']],
  [['2', '1']],
  [['', '1']],
  [['2012-02-29', '2012-02-30', '2012-03-01']],
])('%j are names, in the order of the file', (times) => {
  expect(readTimes(times)).toEqual({ kind: 'names', values: times })
})

test('a time that is full of digits keeps nobody', () => {
  const times = [`${'1'.repeat(400_000)}x`]
  expect(readTimes(times)).toEqual({ kind: 'names', values: times })
})
