/** Checks a design table cell by cell and writes it as Parquet. */
import { CsvReader, TooLong, type CsvRecord } from '@carya/series'
import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Column, ImportOutcome, TableFault, TableImport } from '../task.ts'
import { cellOf, cellOfText, type Cell } from './cells.ts'
import { openDatabase, type Database } from './database.ts'
import { makeWorkFolder, publish } from './files.ts'
import { readHeader } from './header.ts'
import { literal, quoted } from './sql.ts'
import { TableWriter } from './table-writer.ts'

const MOST_FAULTS = 100
const MOST_SHOWN = 100

/** What a table has come to while it is read. */
type Reading = {
  table: TableImport
  database: Database
  columns: Column[]
  writer?: TableWriter
  rows: number
  faults: TableFault[]
  total: number
}

export async function importTable(table: TableImport): Promise<ImportOutcome> {
  await using work = await makeWorkFolder(dirname(table.out))
  await using database = await openDatabase({ spill: work.path, folders: [work.path], files: [table.file] })
  const reading: Reading = { table, database, columns: [], rows: 0, faults: [], total: 0 }
  await (table.format === 'csv' ? readCsv(reading) : readAnyParquet(reading))
  if (reading.total === 0 && reading.rows === 0)
    wrong(reading, { row: 0, column: '', value: null, detail: 'a table with at least one row' })
  if (reading.total > 0) return { faults: reading.faults, total: reading.total }
  const temporary = join(work.path, 'design.parquet')
  await reading.writer?.write(temporary)
  await publish(temporary, table.out)
  return { rows: reading.rows, columns: reading.columns.map(({ name }) => name) }
}

function wrong(reading: Reading, fault: TableFault): void {
  reading.total += 1
  if (reading.faults.length < MOST_FAULTS) reading.faults.push(fault)
}

async function header(reading: Reading, names: readonly string[], line?: number): Promise<boolean> {
  const read = readHeader(names, reading.table.columns)
  const faults = read.filter((each) => 'detail' in each)
  for (const fault of faults) wrong(reading, line === undefined ? fault : { ...fault, line })
  if (faults.length > 0) return false
  reading.columns = read.filter((each) => 'name' in each)
  reading.writer = new TableWriter(reading.database, reading.columns)
  await reading.writer.open()
  return true
}

/** False where the table is longer than it may be: then the rest is not looked at. */
function row(
  reading: Reading,
  cells: readonly Cell[],
  shown: (at: number) => unknown,
  line?: number,
): boolean {
  const { columns, writer, table } = reading
  reading.rows += 1
  const place = line === undefined ? { row: reading.rows } : { row: reading.rows, line }
  if (reading.rows > table.mostRows) {
    wrong(reading, { ...place, column: '', value: null, detail: `at most ${table.mostRows} rows` })
    return false
  }
  const values: (number | boolean | string)[] = []
  for (const [at, cell] of cells.entries()) {
    if ('value' in cell) values.push(cell.value)
    else wrong(reading, { ...place, column: columns[at]!.name, value: shown(at), detail: cell.wrong })
  }
  if (reading.total === 0) writer?.append(values)
  return true
}

async function readCsv(reading: Reading): Promise<void> {
  const records: CsvRecord[] = []
  const reader = new CsvReader((record) => records.push(record))
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const last = () => (records.length > 0 ? records.at(-1)!.line : 0)
  try {
    for await (const chunk of createReadStream(reading.table.file, { highWaterMark: 2 ** 18 })) {
      reader.write(decoder.decode(chunk, { stream: true }))
      if (!(await takeAll(reading, records.splice(0)))) return
    }
    reader.write(decoder.decode())
    reader.end()
    await takeAll(reading, records.splice(0))
  } catch (error) {
    const line = error instanceof TooLong ? error.line : last() + 1
    const isText = !(
      error instanceof TypeError &&
      'code' in error &&
      error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
    )
    if (isText && !(error instanceof TooLong)) throw error
    await takeAll(reading, records.splice(0))
    const detail = error instanceof TooLong ? error.message : 'text in UTF-8'
    wrong(reading, { row: reading.rows + 1, ...(isText ? { line } : {}), column: '', value: null, detail })
  }
}

async function takeAll(reading: Reading, records: readonly CsvRecord[]): Promise<boolean> {
  for (const { line, fields, fault } of records) {
    if (!reading.writer) {
      const names = fields.map((name) => name.trim())
      if (fault !== undefined) wrong(reading, { row: 0, line, column: '', value: null, detail: fault })
      if (fault !== undefined || !(await header(reading, names, line))) return false
      continue
    }
    const { columns } = reading
    if (fault !== undefined || fields.length !== columns.length) {
      reading.rows += 1
      const count = `${columns.length} fields, as many as the header has; here are ${fields.length}`
      const detail = fault ?? count
      wrong(reading, {
        row: reading.rows,
        line,
        column: '',
        value: fields.join(',').slice(0, MOST_SHOWN),
        detail,
      })
      continue
    }
    const cells = fields.map((text, at) => cellOfText(columns[at]!, text))
    if (!row(reading, cells, (at) => fields[at]!.slice(0, MOST_SHOWN), line)) return false
  }
  return true
}

/** Where the file is none, or broken, that is a fault of the table like others. */
async function readAnyParquet(reading: Reading): Promise<void> {
  const { file } = reading.table
  await access(file)
  await readParquet(reading).catch((error: unknown) => {
    if (!(error instanceof Error) || error.message.startsWith('Out of Memory')) throw error
    const [first = ''] = error.message.replaceAll(file, 'it').split('\n')
    wrong(reading, { row: 0, column: '', value: null, detail: `a Parquet file (${first})` })
  })
}

async function readParquet(reading: Reading): Promise<void> {
  const { database, table } = reading
  const source = `read_parquet(${literal(table.file)})`
  const described = await database.rows(`describe select * from ${source}`)
  const names = described.map((each) => String(each['column_name']))
  if (!(await header(reading, names))) return
  const { columns } = reading
  const selected = described.map((each) => readable(String(each['column_name']), String(each['column_type'])))
  for await (const chunk of database.chunks(`select ${selected.join(', ')} from ${source}`)) {
    for (const values of chunk.getRows()) {
      const cells = values.map((value, at) => cellOf(columns[at]!, value))
      const shown = (at: number) => {
        const value = values[at]
        return typeof value === 'bigint'
          ? Number(value)
          : typeof value === 'string'
            ? value.slice(0, MOST_SHOWN)
            : value
      }
      if (!row(reading, cells, shown)) return
    }
  }
}

/** Numbers of any kind as doubles or integers; what is neither number, truth value nor text, as text. */
function readable(name: string, type: string): string {
  if (/^(DECIMAL|FLOAT|DOUBLE|HUGEINT|UHUGEINT|UBIGINT)/.test(type)) return `${quoted(name)}::DOUBLE`
  if (/^U?(TINY|SMALL|BIG)?INT/.test(type) || type === 'UINTEGER') return `${quoted(name)}::BIGINT`
  return type === 'BOOLEAN' ? quoted(name) : `${quoted(name)}::VARCHAR`
}
