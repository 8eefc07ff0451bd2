import { expect, test } from 'vitest'
import { designText, wayText } from './design-text.ts'

test.each([
  [{ kind: 'lhs', samples: 1000, seed: 7, dimensions: [] }, 'lhs, 1,000 samples, seed 7'],
  [{ kind: 'saltelli', samples: 16, seed: 0 }, 'saltelli, 16 base rows, seed 0'],
  [{ kind: 'grid', dimensions: [] }, 'grid'],
  [{ kind: 'table', url: 'https://example.org/a.csv' }, 'table, https://example.org/a.csv'],
  [{ kind: 'of tomorrow', samples: 'many' }, 'of tomorrow'],
])('%o', (design, text) => {
  expect(designText(design)).toBe(text)
})

const dimension = (way: object) => ({
  kind: 'lhs',
  dimensions: [{ name: 'k', kind: 'param', type: 'number', ...way }],
})

test.each([
  [{ distribution: { kind: 'uniform', numbers: [0.1, 0.5] } }, 'uniform 0.1 … 0.5'],
  [{ distribution: { kind: 'normal', numbers: [10, 2], truncate: [5, 15] } }, 'normal 10, 2, cut to 5 … 15'],
  [{ distribution: { kind: 'values', values: ['C3', 4], weights: [1, 2] } }, 'values C3, 4, weighted'],
  [{ levels: { kind: 'linspace', first: 0, last: 1, count: 11 } }, 'linspace 0 … 1, 11 levels'],
  [
    { levels: { kind: 'values', values: [{ url: 'store:sha256/aa' }, true] } },
    'values store:sha256/aa, true',
  ],
  [{ distribution: { kind: 7 } }, ''],
  [{}, ''],
])('%o is told as %s', (way, text) => {
  expect(wayText(dimension(way), 'k')).toBe(text)
})

test('a design without dimensions, or without the name, says nothing', () => {
  expect(wayText({ kind: 'table' }, 'k')).toBe('')
  expect(wayText(dimension({}), 'other')).toBe('')
})
