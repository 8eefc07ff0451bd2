/** Failed members in groups, each set against where the varied parameters lie: did they fail in one corner? */
import type { EnsembleSummary } from '@carya/contracts'
import { innerTableLines } from '../commands/listing.ts'
import { wrapped } from '../commands/why-text.ts'
import type { Column } from '../terminal/table.ts'
import { count, printable } from '../terminal/text.ts'
import { numberText } from './number-text.ts'
import { grouped } from './progress-lines.ts'

export type Group = EnsembleSummary['failures'][number]
type Range = readonly [number, number]
type Place = { parameter: string; failed: Range; all: Range; share: number }

/** Parameters shown of a group: those that its members share most. */
const MOST = 8
const INDENT = '  '

/** Where the members of a group lie, the narrowest place first; `share` is that of the range of all. */
export function placesOf({ ranges }: Group, all: EnsembleSummary['ranges']): Place[] {
  return Object.entries(ranges)
    .flatMap(([parameter, failed]) => {
      const whole = all[parameter]
      if (!whole) return []
      const span = whole[1] - whole[0]
      return [{ parameter, failed, all: whole, share: span > 0 ? (failed[1] - failed[0]) / span : 1 }]
    })
    .toSorted((one, other) => one.share - other.share)
}

const rangeText = ([low, high]: Range) =>
  low === high ? numberText(low) : `${numberText(low)} … ${numberText(high)}`

const columns: readonly Column<Place>[] = [
  { title: 'PARAMETER', cell: ({ parameter }) => parameter },
  { title: 'THESE FAILED', cell: ({ failed }) => rangeText(failed), whole: true },
  { title: 'ALL', cell: ({ all }) => rangeText(all), whole: true },
  { title: 'SHARE', cell: ({ share }) => `${Math.round(share * 100)} %`, align: 'right', whole: true },
]

/** The groups, the largest first, as the service has them. `member` is how a member is named to a command. */
export function failuresLines(
  { failures, ranges }: Pick<EnsembleSummary, 'failures' | 'ranges'>,
  member: (index: number) => string,
  width: number,
): string[] {
  return failures.flatMap((group, i) => [
    ...(i === 0 ? [] : ['']),
    ...headLines(group, member, width),
    ...placeLines(group, ranges, width),
  ])
}

function headLines(group: Group, member: (index: number) => string, width: number): string[] {
  const { kind, exitCode, lastLine, example } = group
  const code = exitCode === null ? '' : `, exit code ${exitCode}`
  const head = `${grouped(group.count)} × ${printable(kind)}${code}; for example ${member(example)}`
  const said = wrapped(printable(lastLine), width - 4).map((line) => `  | ${line}`)
  return [...wrapped(head, width), ...said]
}

function placeLines(group: Group, ranges: EnsembleSummary['ranges'], width: number): string[] {
  const places = placesOf(group, ranges)
  if (places.length === 0) return []
  // one member is no range: a share would say that all is narrow
  const told = group.count === 1 ? columns.slice(0, -1) : columns
  const more = places.length - MOST
  const table = innerTableLines(places.slice(0, MOST), told, width - INDENT.length)
  const rest = more > 0 ? [`${count(more, 'parameter')} more, in --json`] : []
  return [...table, ...rest].map((line) => INDENT + line)
}
