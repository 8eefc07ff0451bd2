/** Whether a cell of a design table is a value of its column, and which. Pure. */
import { InputUrl } from '@carya/contracts'
import type { Column } from '../task.ts'

export type Cell = { value: number | boolean | string } | { wrong: string }

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/
const MOST_TEXT = 4096

/** A cell of text, as CSV has them. Blanks around numbers and truth values do not count. */
export function cellOfText(column: Column, text: string): Cell {
  const bare = text.trim()
  if (bare === '') return { wrong: `${expected(column)}; it is empty` }
  switch (column.type) {
    case 'number':
    case 'integer':
      return NUMBER.test(bare) ? cellOfNumber(column, Number(bare)) : { wrong: expected(column) }
    case 'boolean': {
      const word = bare.toLowerCase()
      return word === 'true' || word === 'false' ? { value: word === 'true' } : { wrong: expected(column) }
    }
    case 'string': {
      if (text.length > MOST_TEXT || text.includes('\0')) return { wrong: expected(column) }
      return !column.choices || column.choices.includes(text) ? { value: text } : { wrong: expected(column) }
    }
    case 'input':
      return InputUrl.safeParse(bare).success ? { value: bare } : { wrong: expected(column) }
  }
}

/** A cell of a typed table; text is read as in CSV. */
export function cellOf(column: Column, value: unknown): Cell {
  if (value === null || value === undefined) return cellOfText(column, '')
  if (typeof value === 'string') return cellOfText(column, value)
  if (typeof value === 'bigint') return cellOfNumber(column, Number(value))
  if (typeof value === 'number') return cellOfNumber(column, value)
  if (typeof value === 'boolean' && column.type === 'boolean') return { value }
  return { wrong: expected(column) }
}

function cellOfNumber(column: Column, value: number): Cell {
  const { range, type } = column
  const right = type === 'integer' ? Number.isSafeInteger(value) : type === 'number' && Number.isFinite(value)
  // -0 is 0: the documents that carry parameters know no other
  if (right && (!range || (value >= range[0] && value <= range[1]))) return { value: value + 0 }
  return { wrong: expected(column) }
}

/** What would be right, in words. */
function expected({ type, range, choices, unit }: Column): string {
  const within = range ? ` from ${range[0]} to ${range[1]}${unit ? ` ${unit}` : ''}` : ''
  switch (type) {
    case 'number':
      return `a finite number${within}`
    case 'integer':
      return `a whole number${within}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return choices ? `one of ${choices.join(', ')}` : `a text of at most ${MOST_TEXT} characters`
    case 'input':
      return 'a URL: file:///path, http(s)://…, or store:sha256/<hex>'
  }
}
