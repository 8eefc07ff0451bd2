/** Sensitivity of a metric: a bar for each parameter, the greatest above. */
import { extentOf } from './extent.ts'
import { clean, distinct, wrap } from './label.ts'
import { BOLD } from './letter-width.ts'
import { colour, labels, plot, size, type Spec } from './look.ts'
import { message } from './message.ts'
import { numberText } from './number-text.ts'
import type { Panel } from './panel.ts'
import type { Bar, Ranking } from './ranking.ts'

const axisTitles = {
  sobol: 'Sobol’ index',
  src: 'standardised regression coefficient',
  spearman: 'rank correlation (Spearman)',
} as const
const NONE = 'No sensitivities: too few members, or nothing that varied.'
const LINE = size.label + 3

type Row = {
  label: string
  value: number
  low?: number | undefined
  high?: number | undefined
  kind?: string
}

/** The panel of one metric's sensitivities. */
export function tornadoOf(metric: string, ranking: Ranking | undefined, letter: string): Panel {
  return {
    name: wrap(`(${letter}) Sensitivity of ${clean(metric)}`, size.panel * BOLD, plot.half + 20, 3),
    words: ranking === undefined ? [] : subtitleOf(ranking),
    body: ranking === undefined ? message(NONE, plot.half) : bodyOf(ranking),
  }
}

function bodyOf(ranking: Ranking): Spec {
  const names = distinct(
    ranking.bars.map((bar) => wrap(clean(bar.parameter), size.label, labels.names - 10, 2).join('\n')),
  )
  const lines = Math.max(...names.map((label) => label.split('\n').length))
  const y: Spec = {
    field: 'label',
    type: 'nominal',
    sort: null,
    scale: { paddingInner: 0.3, paddingOuter: 0.15 },
    axis: {
      title: null,
      labelExpr: "split(datum.label, '\\n')",
      labelLineHeight: LINE,
      labelOverlap: false,
      minExtent: labels.names,
      maxExtent: labels.names,
      ticks: false,
      domain: false,
      labelPadding: 6,
    },
  }
  return {
    width: plot.half,
    height: heightOf(ranking, lines),
    layer: ranking.measure === 'sobol' ? indices(ranking, names, y) : signedBars(ranking, names, y),
  }
}

/** As high as the histogram beside it, where the bars are neither thin nor fat by that. */
function heightOf({ bars, measure }: Ranking, lines: number): number {
  const least = Math.max(lines * LINE + 6, measure === 'sobol' ? 24 : 16)
  return bars.length * Math.max(least, Math.min(plot.histogramHeight / bars.length, 30))
}

function subtitleOf({ leftOut, r2, bars }: Ranking): string[] {
  const more = leftOut === 0 ? [] : [`${bars.length} of ${bars.length + leftOut} parameters`]
  const fit = r2 === undefined ? [] : [`R² of the regression: ${numberText(Math.round(r2 * 100) / 100)}`]
  return [...more, ...fit]
}

/** Bars to both sides of 0, told apart by colour too. */
function signedBars({ bars, measure }: Ranking, names: readonly string[], y: Spec): Spec[] {
  const most = Math.max(...bars.map((bar) => Math.abs(bar.value))) * 1.05 || 1
  const x = xOf([-most, most], axisTitles[measure])
  const rows: Row[] = bars.map((bar, at) => ({ label: names[at] ?? '', value: bar.value }))
  return [
    {
      data: { values: rows },
      mark: { type: 'bar' },
      encoding: {
        x: x('value'),
        y,
        color: {
          condition: { test: 'datum.value < 0', value: colour.negative },
          value: colour.positive,
        },
      },
    },
    zeroLine(x),
  ]
}

/** Two bars a parameter, total and first order, with their confidence intervals; the direction as a sign. */
function indices({ bars, measure }: Ranking, names: readonly string[], y: Spec): Spec[] {
  const hasFirst = bars.some((bar) => bar.first !== undefined)
  const kinds = hasFirst ? ['total', 'first order'] : ['total']
  const rows = bars.flatMap((bar, at) => rowsOf(bar, names[at] ?? ''))
  const [low, high] = extentOf([0, ...rows.flatMap((row) => [row.value, row.low, row.high])]) ?? [0, 1]
  const x = xOf([Math.min(low, 0), high + (high - low) * 0.08], axisTitles[measure])
  const yOffset = { field: 'kind', type: 'nominal', scale: { domain: kinds, paddingInner: 0 }, sort: null }
  const legend = { title: null, orient: 'bottom', direction: 'horizontal', symbolType: 'square', offset: 6 }
  const color = {
    field: 'kind',
    type: 'nominal',
    scale: { domain: kinds, range: [colour.bar, colour.positive] },
    legend: { ...legend, labelFontSize: size.label },
  }
  const signs = bars.map((bar, at) => ({
    label: names[at],
    sign: bar.sign > 0 ? '+' : bar.sign < 0 ? '−' : '',
    end: Math.max(bar.value, bar.high ?? 0, bar.first ?? 0, bar.firstHigh ?? 0),
  }))
  return [
    {
      data: { values: rows },
      mark: { type: 'bar' },
      encoding: { x: x('value'), y, yOffset, color },
    },
    {
      data: { values: rows.filter((row) => row.low !== undefined && row.high !== undefined) },
      mark: { type: 'rule', color: colour.text, strokeWidth: 1 },
      encoding: { x: x('low'), x2: { field: 'high' }, y, yOffset },
    },
    {
      data: { values: signs },
      mark: { type: 'text', align: 'left', dx: 5, fontSize: size.panel, color: colour.text },
      encoding: { x: x('end'), y, text: { field: 'sign' } },
    },
    zeroLine(x),
  ]
}

function zeroLine(x: (field: string) => Spec): Spec {
  const mark = { type: 'rule', color: colour.text }
  return { data: { values: [{ zero: 0 }] }, mark, encoding: { x: x('zero') } }
}

function rowsOf(bar: Bar, label: string): Row[] {
  const total = { label, kind: 'total', value: bar.value, low: bar.low, high: bar.high }
  if (bar.first === undefined) return [total]
  return [total, { label, kind: 'first order', value: bar.first, low: bar.firstLow, high: bar.firstHigh }]
}

function xOf(domain: readonly [number, number], title: string): (field: string) => Spec {
  return (field) => ({
    field,
    type: 'quantitative',
    scale: { domain, nice: false },
    axis: { title, tickCount: 4 },
  })
}
