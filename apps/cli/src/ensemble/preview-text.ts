/** What an ensemble would be, for `--dry-run`. */
import type { EnsemblePreview } from '@carya/contracts'
import { printTable } from '../commands/listing.ts'
import { forPeople, notice, printLine } from '../terminal/streams.ts'
import type { Column } from '../terminal/table.ts'
import { printable } from '../terminal/text.ts'
import { numberText } from './number-text.ts'
import { grouped, membersOf } from './progress-lines.ts'

type Member = EnsemblePreview['first'][number]

/** Prints how many members, notes, and a table of the first ones. For programs the table alone, with whole numbers. */
export function printPreview(preview: EnsemblePreview): void {
  const { members, notes, first } = preview
  const people = forPeople()
  if (people) {
    printLine(members === undefined ? 'members are counted when its table is read' : membersOf(members))
    for (const note of notes) printLine(printable(note))
    printLine()
  } else for (const note of notes) notice(printable(note))
  printTable(first, previewColumns(preview, people), 'No member can be shown.')
  if (people && members !== undefined && members > first.length)
    printLine(`… and ${grouped(members - first.length)} more`)
  if (people) notice('Nothing was submitted.')
}

/** The index, then a column for each thing that varies. */
export function previewColumns({ varied }: EnsemblePreview, people: boolean): Column<Member>[] {
  return [
    { title: 'MEMBER', cell: ({ index }) => String(index), align: 'right', whole: true },
    ...varied.map(({ name, type }): Column<Member> => ({
      title: name,
      cell: (member) => valueText(member, name, people),
      align: type === 'number' || type === 'integer' ? 'right' : 'left',
    })),
  ]
}

function valueText({ params, inputs }: Member, name: string, people: boolean): string {
  if (name.startsWith('input.')) return inputs?.[name.slice('input.'.length)]?.url ?? ''
  const value = params[name]
  if (value === undefined) return ''
  return people && typeof value === 'number' ? numberText(value) : String(value)
}
