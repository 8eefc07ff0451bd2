import { expect, test } from 'vitest'
import { chooseMetrics, chooseSeries } from './choice.ts'
import { emptySummary, metricOf, seriesOf } from './dalec.fixture.ts'

const names = (items: readonly { name: string }[]) => items.map((item) => item.name)
const metrics = ['days', 'a', 'b', 'c', 'd'].map((name) => metricOf(name, name === 'days' ? [1, 1] : [1, 2]))

test('by default the first four metrics are drawn, those that vary before constant ones', () => {
  const { shown, leftOut } = chooseMetrics({ ...emptySummary, metrics }, undefined)
  expect(names(shown)).toEqual(['a', 'b', 'c', 'd'])
  expect(leftOut).toEqual(['days'])
})

test('else those asked for, once each, in that order; what there is not is told', () => {
  const { shown, unknown } = chooseMetrics({ ...emptySummary, metrics }, ['c', 'lai', 'days', 'c'])
  expect(names(shown)).toEqual(['c', 'days'])
  expect(unknown).toEqual(['lai'])
})

test('a variable is named alone, or with its output', () => {
  const series = [seriesOf('gpp', [], []), seriesOf('gpp', [], [], { output: 'hourly.csv' })]
  const chosen = (asked: string[]) =>
    chooseSeries({ ...emptySummary, series }, asked).shown.map((each) => each.output)
  expect(chosen(['gpp'])).toEqual(['daily.csv', 'hourly.csv'])
  expect(chosen(['hourly.csv/gpp'])).toEqual(['hourly.csv'])
})
