import type { Sensitivity } from '@carya/contracts'
import { expect, test } from 'vitest'
import { emptySummary } from './dalec.fixture.ts'
import { rank } from './ranking.ts'

const row = (parameter: string, more: Partial<Sensitivity>): Sensitivity => ({
  metric: 'm',
  parameter,
  count: 100,
  spearman: null,
  src: null,
  r2: null,
  ...more,
})
const rankOf = (sensitivities: Sensitivity[]) => rank({ ...emptySummary, sensitivities }, 'm')

test('total indices come before correlations, and these before coefficients', () => {
  expect(rankOf([row('a', { src: 0.2, r2: 0.9 })])).toMatchObject({ measure: 'src', r2: 0.9 })
  expect(rankOf([row('a', { spearman: 0.1, src: 0.2 })])?.measure).toBe('spearman')
  expect(rankOf([row('a', { spearman: -0.1, src: 0.2, total: 0.3 })])).toMatchObject({
    measure: 'sobol',
    bars: [{ value: 0.3, sign: -1 }],
  })
})

test('the greatest effect stands first, whatever its sign; equals by name', () => {
  const rows = [row('c', { src: 0.1 }), row('b', { src: -0.7 }), row('a', { src: 0.1 })]
  expect(rankOf(rows)?.bars.map((bar) => [bar.parameter, bar.sign])).toEqual([
    ['b', -1],
    ['a', 1],
    ['c', 1],
  ])
})

test('at most ten are shown, and the rest is counted', () => {
  const rows = Array.from({ length: 14 }, (_, at) => row(`p${at}`, { spearman: at / 20 }))
  const ranking = rankOf(rows)
  expect(ranking?.bars).toHaveLength(10)
  expect(ranking?.bars[0]?.parameter).toBe('p13')
  expect(ranking?.leftOut).toBe(4)
})

test('without any number there is no ranking', () => {
  expect(rankOf([])).toBeUndefined()
  expect(rankOf([row('a', {})])).toBeUndefined()
  expect(rankOf([row('a', { metric: 'another', src: 1 })])).toBeUndefined()
})
