/** A time series over the members: bands of quantiles, the median, and some members drawn thin. */
import type { Series } from './choice.ts'
import { dateTicks } from './date-ticks.ts'
import { type Extent, extentOf } from './extent.ts'
import { clean, distinct, wrap } from './label.ts'
import { BOLD } from './letter-width.ts'
import { colour, labels, plot, size, type Spec } from './look.ts'
import { message } from './message.ts'
import { tickLabels } from './number-text.ts'
import type { Panel } from './panel.ts'
import { blocksOf, meansOf, timesOf } from './smoothing.ts'
import { readTimes, type Times } from './time-axis.ts'
import { withUnit } from './unit.ts'

/** Members that are drawn; more hide the bands. */
const MOST_LINES = 20
/** Pixels of a time that is no date. */
const MOST_TIME = 160
const BANDS = ['p5', 'p25', 'p50', 'p75', 'p95'] as const

/** The panel of one variable. */
export function ribbonOf(series: Series, letter: string): Panel {
  return { ...headingOf(series, letter), body: bodyOf(series) }
}

function bodyOf(series: Series): Spec {
  const all = readTimes(series.times)
  const { steps } = blocksOf(all)
  const times = shortened(timesOf(all, steps))
  const rows = BANDS.map((_, at) => meansOf(fitted(series.quantiles[at], all), steps))
  const lines = series.lines.slice(0, MOST_LINES).map((line) => meansOf(fitted(line.values, all), steps))
  const extent = extentOf([...rows, ...lines].flat())
  if (times.values.length === 0 || extent === undefined)
    return message('There is no number in this time series that could be drawn.')

  const x = xOf(times, all)
  const y = yOf(series, extent)
  const band = (low: string, high: string, fill: string): Spec => ({
    mark: { type: 'area', color: fill },
    encoding: { x, y: y(low), y2: { field: high } },
  })
  // A step between two that are missing has no width, and neither an area nor a line shows it.
  const alone = [{ filter: 'datum.alone' }]
  const bar = (low: string, high: string, stroke: string): Spec => ({
    transform: alone,
    mark: { type: 'rule', color: stroke, strokeWidth: 7 },
    encoding: { x, y: y(low), y2: { field: high } },
  })
  return {
    width: plot.width,
    height: plot.seriesHeight,
    data: { values: bandRows(times, rows) },
    layer: [
      band('p5', 'p95', colour.outer),
      band('p25', 'p75', colour.inner),
      bar('p5', 'p95', colour.outer),
      bar('p25', 'p75', colour.inner),
      ...zeroLine(extent),
      {
        data: { values: lineRows(times, lines) },
        mark: { type: 'line', color: colour.member, strokeWidth: 0.7, opacity: 0.6 },
        encoding: { x, y: y('v'), detail: { field: 'i', type: 'nominal' } },
      },
      { mark: { type: 'line', color: colour.line, strokeWidth: 1.8 }, encoding: { x, y: y('p50') } },
      {
        transform: alone,
        mark: { type: 'point', color: colour.line, filled: true, size: 30, opacity: 1 },
        encoding: { x, y: y('p50') },
      },
    ],
  }
}

function headingOf({ variable, description, method }: Series, letter: string): Omit<Panel, 'body'> {
  const words = description === undefined ? [] : wrap(clean(description), size.label, plot.width, 2)
  const sketch = method === 'sketch' ? ['Quantiles are estimates: there are too many members to sort.'] : []
  return {
    name: wrap(`(${letter}) ${clean(variable)}`, size.panel * BOLD, plot.width, 2),
    words: [...words, ...sketch],
  }
}

/** As many values as there are times, whatever a broken summary holds. */
function fitted(values: readonly (number | null)[] | undefined, times: Times): (number | null)[] {
  return times.values.map((_, at) => {
    const value = values?.[at]
    return typeof value === 'number' && Number.isFinite(value) ? value : null
  })
}

function bandRows(times: Times, rows: readonly (number | null)[][]): Spec[] {
  const isMissing = (at: number) => rows.some((row) => typeof row[at] !== 'number')
  return times.values.map((t, at) => ({
    t,
    ...Object.fromEntries(BANDS.map((band, row) => [band, isMissing(at) ? null : rows[row]?.[at]])),
    alone: !isMissing(at) && isMissing(at - 1) && isMissing(at + 1),
  }))
}

function lineRows(times: Times, lines: readonly (number | null)[][]): Spec[] {
  return lines.flatMap((values, i) => times.values.map((t, at) => ({ t, i, v: values[at] ?? null })))
}

/** Names of times that have room below an axis. */
function shortened(times: Times): Times {
  if (times.kind !== 'names') return times
  return {
    kind: 'names',
    values: distinct(times.values.map((name) => wrap(clean(name), size.label, MOST_TIME, 1).join(''))),
  }
}

function xOf(times: Times, all: Times): Spec {
  const field = { field: 't' }
  const axis = { title: 'time', grid: false }
  if (times.kind === 'names' || all.kind === 'names')
    return {
      ...field,
      type: 'ordinal',
      sort: null,
      scale: { type: 'point', padding: 0.5 },
      axis: { ...axis, labelAngle: 0 },
    }
  // the middle of the first mean is not where the series begins
  const [from, to] = [all.values[0] ?? 0, all.values.at(-1) ?? 0]
  // one time alone stands in the middle
  const scale = { domain: from < to ? [from, to] : [from - 1, from + 1], nice: false }
  if (times.kind === 'dates')
    return {
      ...field,
      type: 'temporal',
      scale: { ...scale, type: 'utc' },
      axis: { ...axis, title: null, ...dateTicks(from, to) },
    }
  // years are numbers, too: no separators
  return { ...field, type: 'quantitative', scale, axis: { ...axis, format: '.10~g' } }
}

function yOf(series: Series, extent: Extent): (field: string) => Spec {
  const { power, axis: ticks } = tickLabels(extent)
  const title = wrap(withUnit(series.variable, series.unit, power), size.label, plot.seriesHeight, 2)
  const axis = { title, minExtent: labels.numbers, tickCount: 5, ...ticks }
  return (field) => ({
    field,
    type: 'quantitative',
    scale: { domain: extent, nice: 5, zero: false },
    axis,
  })
}

/** Where values of both signs are shown, 0 is worth a line. */
function zeroLine([low, high]: Extent): Spec[] {
  if (low >= 0 || high <= 0) return []
  return [
    {
      data: { values: [{}] },
      mark: { type: 'rule', color: colour.zero, strokeDash: [4, 3] },
      encoding: { y: { datum: 0, type: 'quantitative' } },
    },
  ]
}
