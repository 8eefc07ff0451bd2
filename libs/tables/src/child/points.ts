/**
 * Values of series on their way into a chunk: gathered in DuckDB by whole vectors of numbers, each text handed over
 * once.
 */
import { DOUBLE, DuckDBDataChunk, INTEGER, type DuckDBAppender } from '@duckdb/node-api'
import type { Database } from './database.ts'
import { literal } from './sql.ts'

const VECTOR = 2048
const COLUMNS = ['member', 'output', 'variable', 'step', 'time', 'note', 'value'] as const
const TYPES = COLUMNS.map((name) => (name === 'value' ? DOUBLE : INTEGER))
const NONE = -1

export class Points {
  readonly #database: Database
  readonly #appender: DuckDBAppender
  readonly #words = new Map<string, number>()
  readonly #columns: Float64Array[] = COLUMNS.map(() => new Float64Array(VECTOR))
  #size = 0

  private constructor(database: Database, appender: DuckDBAppender) {
    this.#database = database
    this.#appender = appender
  }

  /** One at a time: they share a table. */
  static async create(database: Database): Promise<Points> {
    const columns = COLUMNS.map((name, at) => `${name} ${String(TYPES[at])}`)
    await database.run(`create or replace table points (${columns.join(', ')})`)
    await database.run('create or replace table words (id integer, word varchar)')
    return new Points(database, await database.connection.createAppender('points'))
  }

  /** That a member's file was looked at, and what was wrong with it. */
  look(index: number, output: string, note: string | undefined): void {
    this.#append(index, this.id(output), NONE, NONE, NONE, note === undefined ? NONE : this.id(note), 0)
  }

  /** `output` and `variable` are ids of texts. */
  add(index: number, output: number, variable: number, step: number, time: string, value: number): void {
    this.#append(index, output, variable, step, this.id(time), NONE, value)
  }

  /** Writes all in the order in which it came. */
  async write(file: string): Promise<void> {
    if (this.#size > 0) this.#flush()
    this.#appender.closeSync()
    const words = Array.from(this.#words, ([word, id]) => `(${id}, ${literal(word)})`)
    for (let at = 0; at < words.length; at += VECTOR)
      await this.#database.run(`insert into words values ${words.slice(at, at + VECTOR).join(', ')}`)
    await this.#database.run(`
      copy (
        select member as "index", o.word as output, v.word as variable, nullif(step, ${NONE}) as step,
          t.word as time, case when v.word is null then null else value end as value, n.word as note
        from points left join words o on output = o.id left join words v on variable = v.id
          left join words t on time = t.id left join words n on note = n.id
      ) to ${literal(file)} (format parquet, compression snappy)`)
    await this.#database.run('drop table points')
    await this.#database.run('drop table words')
  }

  /** A text's number in this chunk. */
  id(word: string): number {
    const known = this.#words.get(word)
    if (known !== undefined) return known
    this.#words.set(word, this.#words.size)
    return this.#words.size - 1
  }

  #append(
    index: number,
    output: number,
    variable: number,
    step: number,
    time: number,
    note: number,
    value: number,
  ): void {
    const at = this.#size
    const [a, b, c, d, e, f, g] = this.#columns
    a![at] = index
    b![at] = output
    c![at] = variable
    d![at] = step
    e![at] = time
    f![at] = note
    g![at] = value
    this.#size += 1
    if (this.#size === VECTOR) this.#flush()
  }

  #flush(): void {
    const chunk = DuckDBDataChunk.create(TYPES, this.#size)
    for (const [at, values] of this.#columns.entries())
      chunk.setColumnValues(at, Array.from(values.subarray(0, this.#size)))
    this.#appender.appendDataChunk(chunk)
    this.#size = 0
  }
}
