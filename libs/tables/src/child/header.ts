/** Whether the columns of a design table are known ones, each once. Pure. */
import { nearest, VERSION } from '@carya/contracts'
import type { Column, TableFault } from '../task.ts'

/** The columns in the order of the file, or what is wrong with them. */
export function readHeader(names: readonly string[], known: readonly Column[]): Column[] | TableFault[] {
  const faults: TableFault[] = []
  const columns: Column[] = []
  const separator = separatorOf(names)
  if (separator !== undefined)
    return [fault(names[0] ?? '', `columns separated by commas, not by ${separator}`)]
  for (const name of names) {
    const column = known.find((each) => each.name === name)
    if (!column) faults.push(fault(name, unknown(name, known)))
    else if (columns.includes(column)) faults.push(fault(name, 'a column that is there once'))
    else columns.push(column)
  }
  if (names.length === 0) faults.push(fault('', 'a table with at least one column'))
  return faults.length > 0 ? faults : columns
}

function fault(column: string, detail: string): TableFault {
  return { row: 0, column: column.slice(0, 100), value: column.slice(0, 100), detail }
}

function separatorOf([first = '', ...others]: readonly string[]): string | undefined {
  if (others.length > 0) return undefined
  return first.includes(';') ? 'semicolons' : first.includes('\t') ? 'tabs' : undefined
}

function unknown(name: string, known: readonly Column[]): string {
  if (name === '') return 'a column with a name'
  if (name === VERSION)
    return 'versions vary in rows that stand in the request, not in a file: each must be known before it is read'
  const names = known.map((column) => column.name)
  const guess = nearest(name, names)
  if (guess !== undefined) return `a known column; did you mean ${guess}?`
  const some = names.slice(0, 10).join(', ')
  return `a parameter of the model, or input.<name>: ${some}${names.length > 10 ? ', …' : ''}`
}
