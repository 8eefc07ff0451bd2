/** What the demo shows at its end: a row for each run, what mattered, and where everything is. */
import type { EnsembleSummary, RunView } from '@carya/contracts'
import { inColour, stateText } from '../commands/states.ts'
import { influences } from '../ensemble/influence.ts'
import { coefficientText } from '../ensemble/number-text.ts'
import type { Column } from '../terminal/table.ts'
import { varied } from './design.ts'

export type Row = { label: string; run: RunView }

const rounded = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(0))

/** Four digits that count. */
const parameterText = (value: unknown): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(4))) : ''

/** The columns of the table; GPP and NEE are means over the years, in g C m⁻² a⁻¹. */
export const columns: readonly Column<Row>[] = [
  { title: 'MEMBER', cell: ({ label }) => label },
  {
    title: 'STATE',
    cell: ({ run }) => stateText(run.state),
    paint: (text, { run }) => inColour(run.state, text),
  },
  ...Object.keys(varied).map((name): Column<Row> => ({
    title: name.toUpperCase(),
    cell: ({ run }) => parameterText(run.params[name]),
    align: 'right',
  })),
  { title: 'GPP', cell: ({ run }) => rounded(run.metrics?.['gpp_annual']), align: 'right' },
  { title: 'NEE', cell: ({ run }) => rounded(run.metrics?.['nee_annual']), align: 'right' },
]

/** `median (lowest … highest)` of one metric over the runs that have it. */
export function spread(runs: readonly RunView[], metric: string): string {
  const values = runs.flatMap((run) => run.metrics?.[metric] ?? []).toSorted((one, other) => one - other)
  if (values.length === 0) return '–'
  const middle = Math.floor(values.length / 2)
  const median =
    values.length % 2 === 1
      ? values[middle]
      : ((values[middle - 1] ?? Number.NaN) + (values[middle] ?? Number.NaN)) / 2
  return `${rounded(median)} (${rounded(values[0])} … ${rounded(values.at(-1))})`
}

/** The three parameters that mattered most to a metric, with their rank correlations. */
export function mostInfluential({ sensitivities }: EnsembleSummary, metric: string): string {
  const top = influences(sensitivities, metric).slice(0, 3)
  return top.map(({ parameter, value }) => `${parameter} ${coefficientText(value).trim()}`).join(', ')
}
