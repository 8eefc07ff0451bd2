/**
 * Reads CSV (RFC 4180) as it is pushed in: commas, quotes that may hold commas, newlines and doubled quotes, LF or
 * CRLF, a byte order mark before it, empty lines behind it. Lines are counted as an editor counts them.
 */
import { isPassed, Lines, MOST_CHARACTERS, TooLong, type Passed } from './lines.ts'

/** `fault` says what is wrong with a record; its fields are then not to be trusted. */
export type CsvRecord = { line: number; fields: string[]; fault?: string }

export class CsvReader {
  readonly #take: (record: CsvRecord) => void
  readonly #passed: Passed
  readonly #lines = new Lines((line, number) => this.#next(line, number))
  #line = 0
  #quoted: { line: number; parts: string[]; size: number } | undefined
  #blank: number[] = []

  /** `passed`: lines that are none of it; within quotes there are none. */
  constructor(take: (record: CsvRecord) => void, passed: Passed = {}) {
    this.#take = take
    this.#passed = passed
  }

  /** Throws `TooLong` where a record does not end. */
  write(text: string): void {
    this.#lines.write(text)
  }

  end(): void {
    this.#lines.end()
    if (this.#quoted) this.#give({ line: this.#quoted.line, fields: [], fault: 'a quote that is not closed' })
    this.#quoted = undefined
  }

  #next(line: string, number: number): void {
    this.#line = number
    if (this.#quoted) return this.#goOn(this.#quoted, line)
    if (isPassed(line, number, this.#passed)) return
    const bare = line.endsWith('\r') ? line.slice(0, -1) : line
    if (bare === '') this.#blank.push(this.#line)
    else if (bare.includes('"')) this.#begin(line)
    else this.#give({ line: this.#line, fields: bare.split(',') })
    if (this.#blank.length > MOST_CHARACTERS) throw new TooLong(this.#line)
  }

  /** A record with quotes: whole in this line, or going on in the next. */
  #begin(line: string): void {
    const record = parseRecord(line)
    if (record === 'open') this.#quoted = { line: this.#line, parts: [line], size: line.length }
    else this.#give({ line: this.#line, ...record })
  }

  /** An odd number of quotes ends what is quoted; until then nothing is parsed again. */
  #goOn(quoted: { line: number; parts: string[]; size: number }, line: string): void {
    quoted.parts.push(line)
    quoted.size += line.length + 1
    if (quoted.size > MOST_CHARACTERS) throw new TooLong(quoted.line)
    if ((line.split('"').length - 1) % 2 === 0) return
    this.#quoted = undefined
    const record = parseRecord(quoted.parts.join('\n'))
    this.#give(
      record === 'open'
        ? { line: quoted.line, fields: [], fault: 'a quote that is not closed' }
        : { line: quoted.line, ...record },
    )
  }

  /** Empty lines count only where something follows. */
  #give(record: CsvRecord): void {
    for (const line of this.#blank.splice(0)) this.#take({ line, fields: [], fault: 'an empty line' })
    this.#take(record)
  }
}

const FIELD = /"((?:[^"]|"")*)"|([^",]*)/y

/** `open` where a quote is not closed. */
function parseRecord(raw: string): { fields: string[]; fault?: string } | 'open' {
  const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw
  const fields: string[] = []
  for (let at = 0; ;) {
    if (text[at] === '"' && closing(text, at) < 0) return 'open'
    FIELD.lastIndex = at
    const [whole = '', inside, plain = ''] = FIELD.exec(text) ?? []
    fields.push(inside === undefined ? plain : inside.replaceAll('""', '"'))
    at += whole.length
    if (at === text.length) return { fields }
    if (text[at] !== ',')
      return { fields, fault: 'a quote within a field: it has to be doubled, and the field quoted' }
    at += 1
  }
}

function closing(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at >= 0; at = text.indexOf('"', at + 2))
    if (text[at + 1] !== '"') return at
  return -1
}
