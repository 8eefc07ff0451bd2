/** Gathers the rows of a design table in DuckDB, by whole chunks: a call for each cell would take ten times as long. */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBDataChunk,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBType,
} from '@duckdb/node-api'
import { designColumn } from '../design-columns.ts'
import type { Column } from '../task.ts'
import type { Database } from './database.ts'
import { literal, quoted } from './sql.ts'

const CHUNK = 2048
/** Rows of a group: what a reader decodes for one member. Fewer where they are wide. */
const GROUP = 8192
const GROUP_CELLS = 2 ** 18

type Value = number | boolean | string

export class TableWriter {
  readonly #database: Database
  readonly #columns: readonly Column[]
  readonly #types: DuckDBType[]
  #appender: DuckDBAppender | undefined
  #waiting: Value[][] = []
  rows = 0

  constructor(database: Database, columns: readonly Column[]) {
    this.#database = database
    this.#columns = columns
    this.#types = [BIGINT, ...columns.map(({ type }) => typeOf(type))]
  }

  async open(): Promise<void> {
    const columns = this.#columns.map(
      ({ name, type }) => `${quoted(designColumn(name))} ${String(typeOf(type))}`,
    )
    await this.#database.run(`create table design (${['"index" BIGINT', ...columns].join(', ')})`)
    this.#appender = await this.#database.connection.createAppender('design')
  }

  append(row: Value[]): void {
    this.#waiting.push(row)
    if (this.#waiting.length === CHUNK) this.#flush()
  }

  /** Writes all rows to a Parquet file. */
  async write(path: string): Promise<void> {
    this.#flush()
    this.#appender?.closeSync()
    const group = Math.max(
      CHUNK,
      Math.min(GROUP, 2 ** Math.floor(Math.log2(GROUP_CELLS / this.#types.length))),
    )
    await this.#database.run(
      `copy design to ${literal(path)} (format parquet, compression snappy, row_group_size ${group})`,
    )
  }

  #flush(): void {
    const rows = this.#waiting.splice(0)
    if (rows.length === 0) return
    const chunk = DuckDBDataChunk.create(this.#types, rows.length)
    const first = this.rows
    chunk.setColumnValues(
      0,
      rows.map((_, i) => BigInt(first + i)),
    )
    for (const [at, { type }] of this.#columns.entries())
      chunk.setColumnValues(
        at + 1,
        rows.map((row) => (type === 'integer' ? BigInt(Number(row[at])) : row[at]!)),
      )
    this.#appender?.appendDataChunk(chunk)
    this.rows += rows.length
  }
}

function typeOf(type: Column['type']): DuckDBType {
  switch (type) {
    case 'number':
      return DOUBLE
    case 'integer':
      return BIGINT
    case 'boolean':
      return BOOLEAN
    case 'string':
    case 'input':
      return VARCHAR
  }
}
