import { expect, test } from 'vitest'
import { differenceText, metricDifferences, outputDifference } from './compare-test.ts'

const bytes = (text: string) => Buffer.from(text)

test('metrics are compared within the tolerance; what is not declared may be anything', () => {
  const expected = { final: 100, mean: 0, gone: 1 }
  const found = { final: 100.0001, mean: 1e-12, more: 7 }
  const differences = metricDifferences(expected, found, 1e-5)
  expect(differences).toEqual([
    { of: 'metric', name: 'mean', expected: 0, found: 1e-12 },
    { of: 'metric', name: 'gone', expected: 1, found: undefined },
  ])
  expect(differences.map(differenceText)).toEqual([
    'metric mean: expected 0, found 1e-12',
    'metric gone: expected 1, found nothing',
  ])
})

test('a metric is its own, not what every object has', () => {
  expect(metricDifferences({ constructor: 1 }, {}, 1)).toHaveLength(1)
})

test('an output that was not written differs, and one that ended too soon', () => {
  const absent = outputDifference('a.csv', bytes('1\n'), undefined, 0)
  const short = outputDifference('a.csv', bytes('1\n2\n'), bytes('1\n'), 0)
  const long = outputDifference('a.csv', bytes('1\n'), bytes('1\n2\n'), 0)
  expect([absent, short, long].map((each) => each && differenceText(each))).toEqual([
    'output a.csv: expected a file, found nothing',
    'output a.csv, line 1: expected 2, found its end',
    'output a.csv, line 2: expected its end, found 2',
  ])
})

test('files that are no text are compared byte by byte', () => {
  expect(outputDifference('a', bytes('\0\x01'), bytes('\0\x01'), 0)).toBeUndefined()
  const differs = outputDifference('a', bytes('\0\x01'), bytes('\0\x02'), 1)
  expect(differs && differenceText(differs)).toBe('output a: expected 0x01 at byte 1, found 0x02 at byte 1')
  const longer = outputDifference('a', bytes('\0'), bytes('\0\x02'), 1)
  expect(longer && differenceText(longer)).toBe('output a: expected its end, found 0x02 at byte 1')
})
