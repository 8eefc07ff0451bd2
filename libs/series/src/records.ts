/**
 * Files with a line for each time step, as programs write them: CSV, or numbers with white space between them. However
 * they are laid out, the first record is the names of the columns, and each that follows is a line of cells.
 */
import type { Series } from '@carya/contracts'
import { CsvReader, type CsvRecord } from './csv.ts'
import { isPassed, Lines } from './lines.ts'

export type SeriesFormat = Pick<Series, 'format' | 'names' | 'skip' | 'comment'>

/** `line` is 0 where the names are not the file's own. `fault` says what is wrong with a record, in constant words. */
export type SeriesRecord = CsvRecord

/**
 * Reads a stream of UTF-8 to its end, or until `take` says `false`: that destroys the stream. In memory is one chunk of
 * it. Throws `TooLong`, and a `TypeError` where it is no UTF-8.
 */
export async function readRecords(
  stream: AsyncIterable<Uint8Array>,
  format: SeriesFormat,
  take: (record: SeriesRecord) => boolean,
): Promise<void> {
  let isOver = false
  const reader = recordReader(format, (record) => {
    if (!isOver) isOver = !take(record)
  })
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const chunk of stream) {
    reader.write(decoder.decode(chunk, { stream: true }))
    if (isOver) return
  }
  reader.write(decoder.decode())
  reader.end()
}

type Reader = { write(text: string): void; end(): void }

function recordReader(format: SeriesFormat, take: (record: SeriesRecord) => void): Reader {
  let width = format.names?.length
  const even = (record: SeriesRecord): void => {
    if (record.fault === undefined && width === undefined) {
      width = record.fields.length
      take({ ...record, fields: record.fields.map((name) => name.trim()) })
    } else if (record.fault === undefined && record.fields.length !== width)
      take({ ...record, fault: 'a line with another number of fields than there are names' })
    else take(record)
  }
  if (format.names) take({ line: 0, fields: [...format.names] })
  return format.format === 'columns' ? columnsReader(format, even) : new CsvReader(even, format)
}

/** White space separates, however much of it; empty lines say nothing, as between the pages of a print-out. */
function columnsReader(format: SeriesFormat, take: (record: SeriesRecord) => void): Reader {
  return new Lines((line, number) => {
    if (isPassed(line, number, format)) return
    const fields = line.includes('"') ? unquoted(line) : line.trim().split(/\s+/)
    if (fields.length > 1 || fields[0] !== '') take({ line: number, fields })
  })
}

/** R's `write.table` puts names, and texts, in quotes. */
function unquoted(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, inside, plain = '']) => inside ?? plain)
}
