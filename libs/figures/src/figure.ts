/** The whole picture as a Vega-Lite specification: pure, and the same for the same summary. */
import type { EnsembleSummary } from '@carya/contracts'
import { captionOf } from './caption.ts'
import { chooseMetrics, chooseSeries, type FigureOptions } from './choice.ts'
import { histogramOf } from './histogram.ts'
import { clean, wrap } from './label.ts'
import { BOLD } from './letter-width.ts'
import { legendOf } from './legend.ts'
import { colour, config, plot, size, type Spec } from './look.ts'
import { message, paragraph } from './message.ts'
import { countText } from './number-text.ts'
import { alone, sideBySide } from './panel.ts'
import { rank } from './ranking.ts'
import { ribbonOf } from './ribbon.ts'
import { tornadoOf } from './tornado.ts'

/**
 * Time series below each other, then a row for each metric with its histogram and its tornado, then the small print.
 * What there is none of is said in words.
 */
export function figureOf(summary: EnsembleSummary, options: FigureOptions = {}): Spec {
  const series = chooseSeries(summary, options.variables)
  const metrics = chooseMetrics(summary, options.metrics)
  const rankings = metrics.shown.map((metric) => rank(summary, metric.name))
  const letter = letters()

  const ribbons = series.shown.map((each) => alone(ribbonOf(each, letter())))
  const rows = metrics.shown.map((metric, at) =>
    sideBySide(histogramOf(metric, letter()), tornadoOf(metric.name, rankings[at], letter())),
  )
  const caption = captionOf(summary, { series, metrics, rankings })
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config,
    title: titleOf(summary, options.title),
    resolve: { legend: { color: 'independent' } },
    vconcat: [
      ...(ribbons.length > 0
        ? [legendOf(series.shown.some((each) => each.lines.length > 0)), ...ribbons]
        : []),
      ...(ribbons.length === 0 && options.variables?.length !== 0 ? [message('No time series.')] : []),
      ...rows,
      ...(rows.length === 0 && options.metrics?.length !== 0 ? [message('No metrics.')] : []),
      ...(caption.length > 0 ? [paragraph(caption, plot.width, size.note, colour.quiet)] : []),
    ],
  }
}

function titleOf(summary: EnsembleSummary, given: string | undefined): Spec {
  const { total, failed, cancelled, succeeded } = summary.members
  const members = `${countText(total)} ${total === 1 ? 'member' : 'members'}`
  const main = given === undefined ? `${clean(summary.model)}, ensemble of ${members}` : clean(given)
  const counts = [
    ...(given === undefined ? [] : [`${clean(summary.model)}, ${members}`]),
    `${countText(succeeded)} succeeded, ${failed === 0 ? 'none' : countText(failed)} failed`,
    ...(cancelled > 0 ? [`${countText(cancelled)} cancelled`] : []),
    ...(summary.complete ? [] : ['not all members included']),
  ]
  return {
    text: wrap(main, size.title * BOLD, plot.width, 3),
    subtitle: wrap(`${counts.join(', ')} · ${clean(summary.id)}`, size.label, plot.width, 3),
    fontSize: size.title,
    lineHeight: size.title + 4,
    offset: 14,
  }
}

/** a, b, … z, aa, ab, … */
function letters(): () => string {
  let next = 0
  const word = (n: number): string =>
    (n < 26 ? '' : word(Math.floor(n / 26) - 1)) + String.fromCodePoint(97 + (n % 26))
  return () => word(next++)
}
