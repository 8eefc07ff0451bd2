/** Takes single numbers (a mean, the last one, …) out of the columns of a file, record by record, in constant memory. */
import type { MetricFrom } from '@carya/contracts'
import { nearest } from '@carya/contracts/nearest'
import { numberOf } from './number.ts'
import type { SeriesRecord } from './records.ts'

export type Wanted = Pick<MetricFrom, 'column' | 'take'>
/** `fault`: why there is no such number, with line, column and value, for people. */
export type Taken = { value: number } | { fault: string }

const MOST_SHOWN = 40
const MOST_NAMED = 10

type Tally = {
  wanted: Wanted
  at: number
  count: number
  /** with what rounding left out of it, after Neumaier (1974), ZAMM 54, 39–51 */
  sum: number
  lost: number
  first: number
  last: number
  min: number
  max: number
  fault?: string
}

/** Each cell of a column that is wanted must be a number: one that is not is a fault, and never left out. */
export class ColumnTaker {
  readonly #tallies: Tally[]
  #hasNames = false

  constructor(wanted: readonly Wanted[]) {
    const nothing = { at: -1, count: 0, sum: 0, lost: 0, first: 0, last: 0, min: Infinity, max: -Infinity }
    this.#tallies = wanted.map((each) => ({ wanted: each, ...nothing }))
  }

  /** The first record is the names. False where nothing more can be taken. */
  take({ line, fields, fault }: SeriesRecord): boolean {
    if (fault !== undefined) this.#failAll(`line ${line}: ${fault}`)
    else if (this.#hasNames) for (const tally of this.#tallies) add(tally, line, fields)
    else {
      this.#hasNames = true
      for (const tally of this.#tallies) find(tally, fields)
    }
    return this.#tallies.some((tally) => tally.fault === undefined)
  }

  /** In the order in which they were wanted. */
  finish(): Taken[] {
    return this.#tallies.map((tally) => {
      if (tally.fault !== undefined) return { fault: tally.fault }
      if (tally.count === 0) return { fault: 'no line with numbers' }
      const value = valueOf(tally)
      if (Number.isFinite(value)) return { value }
      return { fault: `column ${shown(tally.wanted.column)}: numbers that are too large to be added up` }
    })
  }

  #failAll(why: string): void {
    for (const tally of this.#tallies) tally.fault ??= why
  }
}

function find(tally: Tally, names: readonly string[]): void {
  const { column } = tally.wanted
  tally.at = names.indexOf(column)
  if (tally.at >= 0) {
    if (names.lastIndexOf(column) > tally.at) tally.fault = `column ${shown(column)} is there more than once`
    return
  }
  const near = nearest(column, names)
  const some = names.slice(0, MOST_NAMED).map(shown).join(', ')
  const more = names.length > MOST_NAMED ? ', …' : ''
  const guess = near === undefined ? `it has ${some}${more}` : `did you mean ${shown(near)}?`
  tally.fault = `no column ${shown(column)}; ${guess}`
}

function add(tally: Tally, line: number, fields: readonly string[]): void {
  if (tally.fault !== undefined) return
  const text = fields[tally.at]!
  const value = numberOf(text)
  if (Number.isNaN(value)) {
    const { column } = tally.wanted
    tally.fault = `line ${line}, column ${shown(column)}: ${JSON.stringify(shown(text))} is not a number`
    return
  }
  const sum = tally.sum + value
  const isLarger = Math.abs(tally.sum) >= Math.abs(value)
  tally.lost += isLarger ? tally.sum - sum + value : value - sum + tally.sum
  tally.sum = sum
  if (tally.count === 0) tally.first = value
  tally.last = value
  tally.min = Math.min(tally.min, value)
  tally.max = Math.max(tally.max, value)
  tally.count += 1
}

function valueOf(tally: Tally): number {
  switch (tally.wanted.take) {
    case 'sum':
      return tally.sum + tally.lost
    case 'mean':
      return (tally.sum + tally.lost) / tally.count
    default:
      return tally[tally.wanted.take]
  }
}

function shown(text: string): string {
  const short = text.trim().slice(0, MOST_SHOWN)
  return short.length < text.trim().length ? `${short}…` : short
}
