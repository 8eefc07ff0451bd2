/** A summary with names that are no names, and one with series and metrics that are hardly any. */
import type { EnsembleSummary, Sensitivity } from '@carya/contracts'
import { emptySummary, metricOf, seriesOf } from './dalec.fixture.ts'

export const script = '<script>alert("1")</script> & ]]> \u0000\u202e\ud800 \'x\' <a href="javascript:1">'
export const long = 'a_very_long_name_without_end_'.repeat(30)
export const rightToLeft = 'שלום עולם إنتاج'
const piledUp = `z${'\u0336'.repeat(50)}`
const chinese = '变量名称很长'.repeat(5)

/** The numbers from 0. */
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
const waves = (members: number, steps: number): number[][] =>
  upTo(members).map((k) => upTo(steps).map((at) => Math.sin(at / 5 + k) * (1 + k / 10)))
const times = (count: number, step: number): string[] =>
  upTo(count).map((at) => new Date(Date.UTC(2020, 0, 1) + at * step).toISOString())
const DAY = 86_400_000

const correlations = (metric: string, parameters: readonly string[]): Sensitivity[] =>
  parameters.map((parameter, at) => ({
    metric,
    parameter,
    count: 9,
    spearman: Math.cos(2 * at),
    src: null,
    r2: null,
  }))

export function hostileSummary(): EnsembleSummary {
  const names = [script, long, rightToLeft, '']
  const parameters = [...names, `${long}b`, piledUp, chinese]
  return {
    ...emptySummary,
    model: script,
    id: rightToLeft,
    notes: names,
    varied: parameters.map((name) => ({ name, type: 'number', unit: script, description: script + long })),
    metrics: names.map((name) =>
      metricOf(name, [1, 2, 2, 3, 5], { unit: script, description: rightToLeft + long }),
    ),
    sensitivities: names.flatMap((name) => correlations(name, parameters)),
    series: names.map((name) =>
      seriesOf(
        name,
        upTo(30).map((at) => (at % 3 > 0 ? script : long) + at),
        waves(4, 30),
        { unit: rightToLeft, description: long + script },
      ),
    ),
  }
}

/** Every kind of time, gaps, one member, constants, numbers of all sizes. */
export function oddSummary(): EnsembleSummary {
  const gaps = waves(5, 60).map((values) =>
    values.map((value, at) => (at % 20 > 15 || (at > 40 && at % 2 > 0) ? null : value * 1e7)),
  )
  return {
    ...emptySummary,
    complete: false,
    members: { total: 1, succeeded: 1, failed: 0, cancelled: 2 },
    metrics: [
      metricOf('one', [4.2]),
      metricOf('constant', [0, 0, 0]),
      metricOf('tiny', [1.2e-9, 3.4e-9, 2.2e-9], { unit: 'kg m-3' }),
      metricOf('huge', [1.2e12, 3.4e12, 2e12]),
      metricOf('least', [0, 5e-324]),
      metricOf('far_apart', [-1.7e308, 1.7e308]),
      metricOf('nearly_constant', [1e6 + 0.1, 1e6 + 0.2]),
      { ...metricOf('no_bins', [1, 2]), histogram: { edges: [], counts: [] } },
    ],
    sensitivities: correlations(
      'tiny',
      upTo(14).map((at) => `p${at}`),
    ),
    series: [
      seriesOf('one_member', times(40, DAY), waves(1, 40)),
      seriesOf(
        'gaps',
        upTo(60).map((at) => String(1960 + at)),
        gaps,
      ),
      seriesOf('one_time', times(1, DAY), waves(9, 1)),
      seriesOf(
        'names',
        upTo(12).map((at) => `layer ${at}`),
        waves(9, 12),
      ),
      seriesOf('nothing', times(9, DAY), [times(9, DAY).map(() => null)]),
      seriesOf('no_times', [], []),
      seriesOf('hours', times(8784, DAY / 24), waves(3, 8784)),
      seriesOf('minutes', times(90, 60_000), waves(3, 90)),
      { ...seriesOf('no_rows', times(9, DAY), waves(3, 9)), quantiles: [], lines: [] },
    ],
  }
}

/** More than a picture holds. */
export function manySummary(): EnsembleSummary {
  return {
    ...emptySummary,
    metrics: upTo(50).map((at) => metricOf(`m${at}`, [1, 2, 3 + at])),
    series: upTo(20).map((at) => seriesOf(`v${at}`, times(20, DAY), waves(4, 20))),
  }
}
