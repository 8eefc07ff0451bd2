/** How a metric is spread over the members. */
import type { Metric } from './choice.ts'
import { extentOf } from './extent.ts'
import { clean, wrap } from './label.ts'
import { BOLD } from './letter-width.ts'
import { colour, labels, plot, size, type Spec } from './look.ts'
import { message } from './message.ts'
import { numberText, tickLabels } from './number-text.ts'
import type { Panel } from './panel.ts'
import { withUnit } from './unit.ts'

type Bin = { low: number; high: number; count: number }

/** The panel of one metric: a histogram, the median and the 5 and 95 % quantiles marked. */
export function histogramOf(metric: Metric, letter: string): Panel {
  const { name, description } = metric
  return {
    name: wrap(`(${letter}) ${clean(name)}`, size.panel * BOLD, plot.half, 3),
    words: description === undefined ? [] : wrap(clean(description), size.label, plot.half, 3),
    body: bodyOf(metric),
  }
}

function bodyOf(metric: Metric): Spec {
  const bins = binsOf(metric)
  const [p5, , p50, , p95] = metric.quantiles
  const extent = extentOf([...bins.flatMap((bin) => [bin.low, bin.high]), p5, p50, p95])
  if (bins.length === 0 || extent === undefined)
    return message('No member gave a value that could be drawn.', plot.half)

  const { power, axis: ticks } = tickLabels(extent)
  const axis = { title: underAxis(metric, power), grid: false, tickCount: 4, ...ticks }
  const x = (field: string): Spec => ({
    field,
    type: 'quantitative',
    scale: { domain: extent, nice: false, zero: false },
    axis,
  })
  const y: Spec = {
    field: 'count',
    type: 'quantitative',
    // the topmost label must not reach above the plot: headings beside each other begin at the same height
    scale: { domain: [0, Math.max(...bins.map((bin) => bin.count), 1) * 1.06], nice: false },
    axis: { title: 'members', minExtent: labels.numbers, tickCount: 5, tickMinStep: 1 },
  }
  const mark = (value: number, style: Spec): Spec => ({
    data: { values: [{ value }] },
    mark: { type: 'rule', ...style },
    encoding: { x: x('value') },
  })
  return {
    width: plot.half,
    height: plot.histogramHeight,
    layer: [
      {
        data: { values: bins },
        mark: { type: 'rect', color: colour.bar, stroke: 'white', strokeWidth: 0.5 },
        encoding: { x: x('low'), x2: { field: 'high' }, y, y2: { datum: 0 } },
      },
      mark(p5, { color: colour.quiet, strokeDash: [3, 3] }),
      mark(p95, { color: colour.quiet, strokeDash: [3, 3] }),
      mark(p50, { color: colour.mark, strokeWidth: 2 }),
    ],
  }
}

function underAxis(metric: Metric, power: number): string[] {
  const [p5, , p50, , p95] = metric.quantiles
  const text = (value: number) => numberText(value, metric.max - metric.min)
  const spread =
    metric.max > metric.min
      ? `median ${text(p50)}, 5–95 %: ${text(p5)} to ${text(p95)}`
      : `${text(p50)} in all members`
  const width = plot.half + 20
  return [
    ...wrap(withUnit(metric.name, metric.unit, power), size.label, width, 2),
    ...wrap(spread, size.label, width, 2),
  ]
}

/** Bins that have a width; of a constant, one that leaves room at its sides. */
function binsOf({ min, max, count, histogram: { edges, counts } }: Metric): Bin[] {
  if (min < max)
    return counts.flatMap((inBin, at) => {
      const [low, high] = [edges[at], edges[at + 1]]
      return low !== undefined && high !== undefined && low < high ? [{ low, high, count: inBin }] : []
    })
  const around = extentOf([min])
  if (around === undefined || count === 0) return []
  const [low, high] = around
  const half = (high - low) / 8
  return [
    { low, high: low, count: 0 },
    { low: min - half, high: min + half, count },
    { low: high, high, count: 0 },
  ]
}
