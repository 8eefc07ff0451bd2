/** The small print under a picture: what the names mean, how it was made, what is not in it. */
import type { EnsembleSummary } from '@carya/contracts'
import type { Choice, Metric, Series } from './choice.ts'
import { clean, wrap } from './label.ts'
import { plot, size } from './look.ts'
import { countText } from './number-text.ts'
import type { Ranking } from './ranking.ts'
import { blocksOf, wordsOfThinned } from './smoothing.ts'
import { readTimes } from './time-axis.ts'
import { withUnit } from './unit.ts'

/** Names of things left out that are told. */
const MOST_NAMES = 5
const MOST_NOTES = 3
const MOST_LINES = 10
const MOST_LINES_OF_NOTE = 3

export type Shown = { series: Choice<Series>; metrics: Choice<Metric>; rankings: (Ranking | undefined)[] }

/** Lines that fit under the picture. */
export function captionOf(summary: EnsembleSummary, shown: Shown): string[] {
  const paragraphs = [
    ...parameters(summary, shown.rankings),
    ...means(shown.series.shown),
    ...(shown.metrics.shown.length > 0
      ? ['Lines on histograms: the median; dashed, the 5 and 95 % quantiles.']
      : []),
    ...signs(shown.rankings),
    ...leftOut('variables', shown.series),
    ...leftOut('metrics', shown.metrics),
  ]
  const notes = summary.notes.slice(0, MOST_NOTES).map((note) => `Note: ${clean(note)}`)
  const lines = (texts: readonly string[], most: number) =>
    texts.flatMap((text) => wrap(text, size.note, plot.width, most))
  return [...lines(paragraphs, MOST_LINES), ...lines(notes, MOST_LINES_OF_NOTE)]
}

function parameters(summary: EnsembleSummary, rankings: readonly (Ranking | undefined)[]): string[] {
  const names = new Set(rankings.flatMap((ranking) => ranking?.bars.map((bar) => bar.parameter) ?? []))
  const words = summary.varied.flatMap(({ name, unit, description }) => {
    if (!names.has(name) || (unit === undefined && description === undefined)) return []
    const [short = ''] = wrap(clean(name), size.note, plot.width * 0.4, 1)
    const [meaning = ''] = wrap(lowerFirst(clean(description ?? '')), size.note, plot.width * 0.7, 1)
    return [withUnit(description === undefined ? short : `${short}: ${meaning}`, unit)]
  })
  return words.length === 0 ? [] : [`Parameters: ${words.join(' · ')}.`]
}

/** A description begins as a sentence does; within one, a word like `GPP` keeps its capitals. */
function lowerFirst(text: string): string {
  return /^\p{Lu}\p{Ll}/u.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text
}

function means(series: readonly Series[]): string[] {
  const words = series.flatMap((each) => {
    const times = readTimes(each.times)
    return blocksOf(times).words ?? (each.thinned === true ? wordsOfThinned(times) : [])
  })
  if (words.length === 0) return []
  const all = [...new Set(words)].join(', ')
  return [`Time series are drawn as ${all} of the quantiles at each time step.`]
}

function signs(rankings: readonly (Ranking | undefined)[]): string[] {
  const sobol = rankings.filter((ranking) => ranking?.measure === 'sobol')
  const words: string[] = []
  if (sobol.some((ranking) => ranking?.bars.some((bar) => bar.low !== undefined)))
    words.push('Thin lines on Sobol’ indices are confidence intervals.')
  if (sobol.some((ranking) => ranking?.bars.some((bar) => bar.sign !== 0)))
    words.push('+ and − beside them: the metric grows or falls with the parameter.')
  return words.length === 0 ? [] : [words.join(' ')]
}

function leftOut(what: string, { shown, leftOut: names, unknown }: Choice<unknown>): string[] {
  const words: string[] = []
  if (names.length > 0) {
    const few = names.slice(0, MOST_NAMES).map(clean).join(', ')
    const all = names.length > MOST_NAMES ? `${few} and others` : few
    const total = countText(shown.length + names.length)
    words.push(`${countText(names.length)} of ${total} ${what} are not shown: ${all}.`)
  }
  if (unknown.length > 0)
    words.push(`There are no ${what} named ${unknown.slice(0, MOST_NAMES).map(clean).join(', ')}.`)
  return words
}
