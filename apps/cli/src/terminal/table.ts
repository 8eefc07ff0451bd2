/** Tables for people; for programs there is `--json`. */
import { stripVTControlCharacters } from 'node:util'
import { printable } from './text.ts'

export type Column<Row> = {
  title: string
  /** The cell's text; what came from elsewhere is escaped here, so give it raw. */
  cell: (row: Row) => string
  align?: 'left' | 'right'
  /** Never cut, however narrow the terminal. */
  whole?: true
  /** Colours the padded cell. */
  paint?: (text: string, row: Row) => string
}

const width = (text: string): number => Array.from(stripVTControlCharacters(text)).length

function pad(text: string, to: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, to - width(text)))
  return align === 'right' ? space + text : text + space
}

/**
 * The rows as lines, columns two spaces apart, the header first. Without a terminal (`people: false`) there is no
 * header and a tab between cells, so that `cut` and `awk` can read it.
 */
export function tableLines<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  people: boolean,
): string[] {
  const cells = rows.map((row) =>
    columns.map((column) => printable(column.cell(row)).replaceAll(/\s+/g, ' ')),
  )
  if (!people) return cells.map((line) => line.join('\t'))
  const widths = columns.map((column, i) =>
    Math.max(width(column.title), ...cells.map((line) => width(line[i] ?? ''))),
  )
  const header = columns.map((column, i) => pad(column.title, widths[i] ?? 0, column.align)).join('  ')
  const body = rows.map((row, r) =>
    columns
      .map((column, i) => {
        const padded = pad(cells[r]?.[i] ?? '', widths[i] ?? 0, column.align)
        return column.paint ? column.paint(padded, row) : padded
      })
      .join('  ')
      .trimEnd(),
  )
  return [header.trimEnd(), ...body]
}
