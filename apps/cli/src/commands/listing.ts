/** Tables that fit the terminal. */
import { forPeople, notice, printLine } from '../terminal/streams.ts'
import { tableLines, type Column } from '../terminal/table.ts'
import { printable } from '../terminal/text.ts'

const GAP = 2
const NARROWEST = 6

/** Prints rows as a table, cut to the terminal's width; `none` is said where there are none. */
export function printTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[], none: string): void {
  const people = forPeople()
  const fitted = people ? fit(rows, columns, process.stdout.columns ?? 80) : columns
  if (rows.length === 0) notice(none)
  else for (const line of tableLines(rows, fitted, people)) printLine(line)
}

/** Prints rows as a table within other text: with its header, also where no terminal is. */
export function printInnerTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): void {
  for (const line of innerTableLines(rows, columns, process.stdout.columns ?? 120)) printLine(line)
}

/** The lines of such a table, each at most so wide where the columns can be narrowed to it. */
export function innerTableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): string[] {
  return tableLines(rows, fit(rows, columns, width), true)
}

/** The columns with the widest ones, but for whole ones, narrowed until a row fits; what is cut ends in an ellipsis. */
export function fit<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  width: number,
): Column<Row>[] {
  // what a control character is shown as is longer than itself
  const shown = columns.map(
    ({ cell }) =>
      (row: Row) =>
        printable(cell(row)),
  )
  const widths = columns.map((column, i) =>
    Math.max(column.title.length, ...rows.map((row) => Array.from(shown[i]!(row)).length)),
  )
  const total = () => widths.reduce((sum, one) => sum + one + GAP, -GAP)
  while (total() > width) {
    const narrowable = widths.map((one, i) => (columns[i]!.whole ? 0 : one))
    const widest = narrowable.indexOf(Math.max(...narrowable))
    if (narrowable[widest]! <= NARROWEST) break
    widths[widest]! -= 1
  }
  return columns.map((column, i) => ({ ...column, cell: (row) => cut(shown[i]!(row), widths[i]!) }))
}

function cut(text: string, width: number): string {
  const characters = Array.from(text)
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`
}
