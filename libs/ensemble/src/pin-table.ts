/** Rows of a table against the model: each gives the same columns, and each cell fits its parameter or input. */
import type { Design } from '@carya/contracts'
import type { PinnedValue } from './pinned.ts'
import { pinValue, subjectsOf, type Misfit, type ModelFacts, type Subject } from './subject.ts'

/** Faults that are looked for: a small request can hold some millions. */
const MOST_MISFITS = 1000

type Rows = NonNullable<Extract<Design, { kind: 'table' }>['rows']>

/** The columns by name and the rows in their order, or what is wrong, by row and column. */
export function pinRows(
  rows: Rows,
  model: ModelFacts,
): { subjects: Subject[]; rows: PinnedValue[][] } | { misfits: Misfit[] } {
  const { subjects, misfits } = columnsOf(rows, model)
  const kept: PinnedValue[][] = []
  for (const [at, row] of rows.entries()) {
    if (misfits.length >= MOST_MISFITS) break
    const values: PinnedValue[] = []
    for (const subject of subjects) {
      const { name } = subject.column
      const pinned = Object.hasOwn(row, name)
        ? pinValue(subject, row[name])
        : { wrong: 'missing: other rows have a value in this column' }
      if ('value' in pinned) values.push(pinned.value)
      else misfits.push({ at: [at, name], detail: pinned.wrong })
    }
    kept.push(values)
  }
  if (misfits.length > 0) return { misfits }
  if (subjects.length === 0) return { misfits: [{ at: [], detail: 'rows with at least one column' }] }
  return { subjects, rows: kept }
}

/** All columns that any row has; one that the model does not know is told where it first stands. */
function columnsOf(rows: Rows, model: ModelFacts) {
  const find = subjectsOf(model)
  const misfits: Misfit[] = []
  const found = new Map<string, Subject | undefined>()
  for (const [at, row] of rows.entries())
    for (const name of Object.keys(row)) {
      if (found.has(name)) continue
      const subject = find(name)
      if ('unknown' in subject) {
        found.set(name, undefined)
        if (misfits.length < MOST_MISFITS) misfits.push({ at: [at, name], detail: subject.unknown })
      } else found.set(name, subject)
    }
  const subjects = [...found.values()].filter((each) => each !== undefined)
  return { subjects: subjects.toSorted(byName), misfits }
}

/** By code units, which no locale changes. */
export function byName(one: Subject, other: Subject): number {
  return one.column.name < other.column.name ? -1 : 1
}
