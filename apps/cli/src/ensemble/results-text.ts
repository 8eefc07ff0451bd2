/** The results of an ensemble as text for a terminal: its metrics, and what mattered. */
import type { EnsembleSummary } from '@carya/contracts'
import { innerTableLines } from '../commands/listing.ts'
import { wrapped } from '../commands/why-text.ts'
import type { Column } from '../terminal/table.ts'
import { printable } from '../terminal/text.ts'
import { influences, measureWords, type Influence } from './influence.ts'
import { coefficientText, numberText } from './number-text.ts'
import { grouped, membersOf } from './progress-lines.ts'

type Metric = EnsembleSummary['metrics'][number]
type Mattering = { metric: string; top: readonly Influence[] }

const TOP = 3

const metricColumns: readonly Column<Metric>[] = [
  { title: 'METRIC', cell: ({ name }) => name },
  { title: 'UNIT', cell: ({ unit = '' }) => unit },
  { title: 'MEAN', cell: ({ mean }) => numberText(mean), align: 'right', whole: true },
  { title: 'SD', cell: ({ sd }) => numberText(sd), align: 'right', whole: true },
  { title: '5 %', cell: ({ quantiles }) => numberText(quantiles[0]), align: 'right', whole: true },
  { title: 'MEDIAN', cell: ({ quantiles }) => numberText(quantiles[2]), align: 'right', whole: true },
  { title: '95 %', cell: ({ quantiles }) => numberText(quantiles[4]), align: 'right', whole: true },
]

/** The number comes first: a name that is long is cut at its end. */
const matteringColumns: readonly Column<Mattering>[] = [
  { title: 'METRIC', cell: ({ metric }) => metric },
  ...['FIRST', 'SECOND', 'THIRD'].map((title, i): Column<Mattering> => ({
    title,
    cell: ({ top }) => influenceText(top[i]),
  })),
]

function influenceText(influence: Influence | undefined): string {
  if (influence === undefined) return ''
  const { measure, value, parameter } = influence
  return `${measure === 'total' ? value.toFixed(2) : coefficientText(value)} ${parameter}`
}

/** The whole text, no line wider than so many columns where names can be cut to it. */
export function resultsLines(summary: EnsembleSummary, width: number): string[] {
  return [
    ...metricLines(summary, width),
    ...matteringLines(summary, width),
    ...summary.notes.flatMap((note) => ['', ...wrapped(printable(note), width)]),
  ]
}

/** `1,000 members: 997 succeeded, 3 failed` */
export function countsLine({ members }: EnsembleSummary): string {
  const { total, succeeded, failed, cancelled } = members
  const left = total - succeeded - failed - cancelled
  const words = [
    `${grouped(succeeded)} succeeded`,
    failed > 0 ? `${grouped(failed)} failed` : '',
    cancelled > 0 ? `${grouped(cancelled)} cancelled` : '',
    left > 0 ? `${grouped(left)} to come` : '',
  ]
  return `${membersOf(total)}: ${words.filter(Boolean).join(', ')}`
}

function metricLines({ metrics }: EnsembleSummary, width: number): string[] {
  if (metrics.length === 0) return ['No metrics: no member that succeeded wrote a metrics.json.']
  return innerTableLines(metrics, metricColumns, width)
}

function matteringLines({ metrics, sensitivities }: EnsembleSummary, width: number): string[] {
  const rows = metrics
    .map(({ name }) => ({ metric: name, top: influences(sensitivities, name).slice(0, TOP) }))
    .filter(({ top }) => top.length > 0)
  if (rows.length === 0) return []
  const measures = [...new Set(rows.flatMap(({ top }) => top.map(({ measure }) => measure)))]
  return [
    '',
    'What mattered most',
    ...innerTableLines(rows, matteringColumns, width),
    ...measures.flatMap((measure) => wrapped(`By ${measureWords[measure]}.`, width)),
  ]
}
