/** What of a summary is drawn: what is asked for, else the first few. */
import type { EnsembleSummary } from '@carya/contracts'

export type Series = EnsembleSummary['series'][number]
export type Metric = EnsembleSummary['metrics'][number]

export type FigureOptions = {
  /** Names of metrics, in the order of the picture; by default the first four, those that vary first. None: `[]`. */
  metrics?: string[]
  /** Variables of time series, as `gpp` or, where several outputs have one, `daily.csv/gpp`; by default the first four. */
  variables?: string[]
  /** In place of the model's name and the number of members. */
  title?: string
}

/** What is drawn, the names of what is not, and names that were asked for in vain. */
export type Choice<Item> = { shown: Item[]; leftOut: string[]; unknown: string[] }

const FEW = 4

export function chooseMetrics(
  summary: EnsembleSummary,
  asked: readonly string[] | undefined,
): Choice<Metric> {
  const varying = summary.metrics.filter((metric) => metric.max > metric.min)
  const constant = summary.metrics.filter((metric) => !(metric.max > metric.min))
  return choose([...varying, ...constant], asked, (metric) => [metric.name])
}

export function chooseSeries(summary: EnsembleSummary, asked: readonly string[] | undefined): Choice<Series> {
  return choose(summary.series, asked, (each) => [each.variable, `${each.output}/${each.variable}`])
}

function choose<Item>(
  items: readonly Item[],
  asked: readonly string[] | undefined,
  namesOf: (item: Item) => readonly [string, ...string[]],
): Choice<Item> {
  const named = (name: string) => items.filter((item) => namesOf(item).includes(name))
  const shown = asked === undefined ? items.slice(0, FEW) : [...new Set(asked.flatMap(named))]
  return {
    shown,
    leftOut: items.filter((item) => !shown.includes(item)).map((item) => namesOf(item)[0]),
    unknown: (asked ?? []).filter((name) => named(name).length === 0),
  }
}
