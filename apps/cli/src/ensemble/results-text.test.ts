import type { EnsembleSummary, Sensitivity } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { influences } from './influence.ts'
import { coefficientText, numberText } from './number-text.ts'
import { countsLine, resultsLines } from './results-text.ts'

const metric = (name: string, mean: number, sd: number): EnsembleSummary['metrics'][number] => ({
  name,
  unit: 'g C m-2 yr-1',
  count: 24,
  mean,
  sd,
  min: mean - 3 * sd,
  max: mean + 3 * sd,
  quantiles: [mean - 2 * sd, mean - sd, mean, mean + sd, mean + 2 * sd],
  histogram: { edges: [0, 1], counts: [24] },
})

const sensitivity = (
  name: string,
  parameter: string,
  spearman: number | null,
  more: Partial<Sensitivity> = {},
): Sensitivity => ({
  metric: name,
  parameter,
  count: 24,
  spearman,
  src: spearman,
  r2: spearman === null ? null : 0.9,
  ...more,
})

const summary = (more: Partial<EnsembleSummary> = {}): EnsembleSummary => ({
  v: 1,
  id: 'e01jd7x8c6vqqqqqqqqqr4f7k2q',
  model: 'dalec@1.0.0',
  members: { total: 1000, succeeded: 990, failed: 3, cancelled: 0 },
  complete: true,
  varied: [],
  metrics: [metric('gpp_annual', 1543.234, 210.5), metric('days', 1461, 0)],
  sensitivities: [
    sensitivity('gpp_annual', 'k', 0.1),
    sensitivity('gpp_annual', 'c_foliage_initial', -0.931),
    sensitivity('gpp_annual', 'f_auto', 0.001),
    sensitivity('gpp_annual', 'f_root', 0.05),
    sensitivity('days', 'k', null),
  ],
  series: [],
  failures: [],
  ranges: {},
  notes: ['A note.'],
  ...more,
})

test('the table has mean, spread and quantiles, and the three parameters that mattered most', () => {
  expect(resultsLines(summary(), 80)).toEqual([
    'METRIC      UNIT            MEAN     SD     5 %  MEDIAN    95 %',
    'gpp_annual  g C m-2 yr-1  1543.2  210.5  1122.2  1543.2  1964.2',
    'days        g C m-2 yr-1    1461      0    1461    1461    1461',
    '',
    'What mattered most',
    'METRIC      FIRST                    SECOND   THIRD',
    'gpp_annual  −0.93 c_foliage_initial  +0.10 k  +0.05 f_root',
    'By rank correlation (Spearman): −1 … +1, also of bent relations that only rise',
    'or fall.',
    '',
    'A note.',
  ])
})

test('it fits 80 columns, whatever the names; a coefficient is never cut off', () => {
  const long = 'a_name_of_a_parameter_that_is_as_long_as_names_can_be_and_even_longer'
  const many = summary({
    metrics: [metric(long, 123_456_789, 1e-7)],
    sensitivities: ['a', 'b', 'c'].map((letter, i) => sensitivity(long, letter + long, 0.9 - i * 0.1)),
  })
  const lines = resultsLines(many, 80)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  expect(lines.find((line) => line.includes('+0.90 aa'))).toContain('+0.70 ca')
})

test('without metrics that is said; hostile notes cannot steer the terminal', () => {
  const [first] = resultsLines(summary({ metrics: [], sensitivities: [] }), 80)
  expect(first).toContain('No metrics')
  expect(resultsLines(summary({ notes: ['\u001b[31m'] }), 80).at(-1)).toBe(String.raw`\x1b[31m`)
})

test('the counts name what has failed and what is to come', () => {
  expect(countsLine(summary())).toBe('1,000 members: 990 succeeded, 3 failed, 7 to come')
  const one = { total: 1, succeeded: 1, failed: 0, cancelled: 0 }
  expect(countsLine(summary({ members: one }))).toBe('1 member: 1 succeeded')
})

describe('influence', () => {
  test('is by the total Sobol’ index where there is one, largest first', () => {
    const found = influences(
      [sensitivity('m', 'a', 0.9, { total: 0.1 }), sensitivity('m', 'b', 0.1, { total: 0.8 })],
      'm',
    )
    expect(found).toEqual([
      { parameter: 'b', value: 0.8, measure: 'total' },
      { parameter: 'a', value: 0.1, measure: 'total' },
    ])
  })

  test('a metric that does not vary has none', () => {
    expect(influences([sensitivity('m', 'a', null)], 'm')).toEqual([])
    expect(influences([], 'm')).toEqual([])
  })

  test('by the regression coefficient where there is no rank correlation', () => {
    expect(influences([sensitivity('m', 'a', null, { src: -0.4 })], 'm')).toEqual([
      { parameter: 'a', value: -0.4, measure: 'src' },
    ])
  })
})

test('numbers have five digits that count', () => {
  expect([0, 1543.234, -0.0001234567, 1e-7, 123_456_789, 2e12, Number.NaN, null].map(numberText)).toEqual([
    '0',
    '1543.2',
    '-0.00012346',
    '1e-7',
    '123460000',
    '2e+12',
    '–',
    '–',
  ])
  expect([0.931, -0.314, 0.001, -0.001].map(coefficientText)).toEqual(['+0.93', '−0.31', ' 0.00', ' 0.00'])
})
