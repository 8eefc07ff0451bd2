/**
 * Chunks: the time series of the members of one segment, `series/<segment>.parquet`, made once. A row is a value:
 * `index, output, variable, step, time, value`. A row without variable says that the member's file was looked at, and
 * in `note` what was wrong with it. Rows lie by output, variable and step, so that a block of steps is read without
 * the rest. A chunk may hold members whose row has been superseded since: who reads it takes those that count.
 */
import { DOUBLE, DuckDBDataChunk, INTEGER, type DuckDBAppender } from '@duckdb/node-api'
import type { Store } from '@carya/store'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { makeFolder, publish } from './files.ts'
import { readSeries, type SeriesFile } from './series-file.ts'
import { literal } from './sql.ts'

const CHUNK = 2048
const TYPES = [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, DOUBLE]
const PARTS = ['member', 'variable', 'step', 'time', 'note', 'value']

export type SeriesOutput = { output: string; time: string }
export type Chunks = { folder: string; files: string[] }

/** Makes the chunks that are missing, of the table `members`; gives the files of all segments that have one. */
export async function makeChunks(
  database: Database,
  store: Store,
  places: { folder: string; work: string },
  outputs: readonly SeriesOutput[],
): Promise<string[]> {
  const folder = join(places.folder, 'series')
  await makeFolder(folder)
  const there = new Set(await readdir(folder))
  const segments = await database.rows(
    "select distinct segment from members where state = 'succeeded' order by segment",
  )
  const files: string[] = []
  for (const { segment } of segments) {
    const name = `${String(segment)}.parquet`
    files.push(join(folder, name))
    if (there.has(name)) continue
    await makeChunk(database, store, String(segment), outputs, join(places.work, name))
    await publish(join(places.work, name), join(folder, name))
  }
  return files
}

async function makeChunk(
  database: Database,
  store: Store,
  segment: string,
  outputs: readonly SeriesOutput[],
  file: string,
): Promise<void> {
  const members = await database.rows(`
    select "index"::integer as "index", folder from members
    where state = 'succeeded' and segment = ${literal(segment)} order by "index"`)
  await database.run(`
    create or replace table points (${PARTS.map((part) => `${part} ${part === 'value' ? 'double' : 'integer'}`).join(', ')});
    create or replace table words (id integer, word varchar);
    create or replace table looked (member integer, "index" integer, output varchar)`)
  const words = new Words()
  const looked: string[] = []
  const points = new Points(await database.connection.createAppender('points'))
  for (const { output, time } of outputs)
    for (const { index, folder } of members) {
      const read =
        typeof folder === 'string'
          ? await readSeries(store, `${folder}/outputs/${output}`, time)
          : { wrong: 'no folder' }
      const member = looked.push(`(${looked.length}, ${String(index)}, ${literal(output)})`) - 1
      if ('wrong' in read) points.add(member, -1, -1, -1, words.id(read.wrong), Number.NaN)
      else addSeries(points, member, read, words)
    }
  points.close()
  for (let at = 0; at < looked.length; at += CHUNK)
    await database.run(`insert into looked values ${looked.slice(at, at + CHUNK).join(', ')}`)
  await words.write(database)
  await database.run(`
    copy (
      select "index", output, v.word as variable, nullif(step, -1) as step, t.word as time,
        case when v.word is null then null else value end as value, n.word as note
      from points join looked using (member)
        left join words v on variable = v.id left join words t on time = t.id left join words n on note = n.id
      order by output, variable nulls first, step, "index"
    ) to ${literal(file)} (format parquet, compression snappy)`)
  await database.run('drop table points; drop table words; drop table looked')
}

function addSeries(points: Points, member: number, series: SeriesFile, words: Words): void {
  points.add(member, -1, -1, -1, -1, Number.NaN)
  const times = series.times.map((time) => words.id(time))
  for (const [nth, variable] of series.variables.entries()) {
    const id = words.id(variable)
    const values = series.values[nth]!
    for (const [step, time] of times.entries()) {
      const value = values[step]!
      if (!Number.isNaN(value)) points.add(member, id, step, time, -1, value)
    }
  }
}

/** Texts as numbers: each is handed to DuckDB once. */
class Words {
  readonly #ids = new Map<string, number>()

  id(word: string): number {
    const id = this.#ids.get(word) ?? this.#ids.size
    if (id === this.#ids.size) this.#ids.set(word, id)
    return id
  }

  async write(database: Database): Promise<void> {
    const rows = Array.from(this.#ids, ([word, id]) => `(${id}, ${literal(word)})`)
    for (let at = 0; at < rows.length; at += CHUNK)
      await database.run(`insert into words values ${rows.slice(at, at + CHUNK).join(', ')}`)
  }
}

/** Appends by whole chunks. */
class Points {
  readonly #appender: DuckDBAppender
  readonly #columns: number[][] = TYPES.map(() => [])

  constructor(appender: DuckDBAppender) {
    this.#appender = appender
  }

  add(
    ...parts: [member: number, variable: number, step: number, time: number, note: number, value: number]
  ): void {
    for (let at = 0; at < parts.length; at += 1) this.#columns[at]!.push(parts[at]!)
    if (this.#columns[0]!.length === CHUNK) this.#flush()
  }

  close(): void {
    if (this.#columns[0]!.length > 0) this.#flush()
    this.#appender.closeSync()
  }

  #flush(): void {
    const chunk = DuckDBDataChunk.create(TYPES, this.#columns[0]!.length)
    for (const [at, values] of this.#columns.entries()) {
      chunk.setColumnValues(at, values)
      values.length = 0
    }
    this.#appender.appendDataChunk(chunk)
  }
}
