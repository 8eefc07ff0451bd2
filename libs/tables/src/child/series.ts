/**
 * Quantiles over members at each time of each series, from the chunks: exact in blocks of times, so that memory has
 * a bound whatever there is; of more members than that can take, by a sketch. Only members whose row counts are
 * taken, from the chunk of the segment that row is in: none twice, whatever came twice.
 */
import type { EnsembleSummary, Manifest } from '@carya/contracts'
import type { Database } from './database.ts'
import { Sketch } from './sketch.ts'
import { leftOut, lookedAt, placeTimes, variablesSeen, viewCounted } from './seen.ts'
import { literal } from './sql.ts'
import { SHARES } from './statistics.ts'
import type { TextFile } from './text-file.ts'
import { means, middles, thinning } from './thin.ts'

type SeriesSummary = EnsembleSummary['series'][number]

/** Values that DuckDB sorts at once, and sketches that are held at once (9 kB each). */
const MOST_VALUES = 6_000_000
const MOST_SKETCHES = 8192
const MOST_TIMES = 500_000
const MOST_VARIABLES = 256
const MOST_LINES = 12
/** Beyond these, variables are in `quantiles.csv` alone. */
const MOST_SUMMARISED = 40

export type SeriesTask = {
  database: Database
  files: readonly string[]
  outputs: Manifest['outputs']
  csv: TextFile
  /** More members than this are sketched. */
  sketchBeyond: number
}
type Found = { summaries: SeriesSummary[]; notes: string[] }
type Variable = {
  output: string
  variable: string
  unit: string | undefined
  description: string | undefined
}
type Block = { from: number; to: number }
type Point = { at: number; count: number; quantiles: (number | null)[] }

export async function summariseSeries(task: SeriesTask): Promise<Found> {
  const { database, files, outputs, csv } = task
  await csv.csv(['output', 'variable', 'unit', 'time', 'members', 'q05', 'q25', 'q50', 'q75', 'q95'])
  const found: Found = { summaries: [], notes: [] }
  let left = 0
  if (files.length === 0) return found
  await viewCounted(database, files)
  for (const [output, { series, columns }] of Object.entries(outputs)) {
    if (!series || output.includes('\0')) continue
    found.notes.push(...(await leftOut(database, output)))
    const times = await placeTimes(database, output, MOST_TIMES)
    if (times.length > MOST_TIMES) {
      found.notes.push(`${output}: more than ${MOST_TIMES} different times; it is left out`)
      continue
    }
    const names = await variablesSeen(database, Object.keys(columns ?? {}))
    if (names.length > MOST_VARIABLES) {
      found.notes.push(
        `${output}: more than ${MOST_VARIABLES} variables; the first ${MOST_VARIABLES} are taken`,
      )
      names.length = MOST_VARIABLES
    }
    const members = await lookedAt(database, output)
    for (const variable of names) {
      const { unit, description } = columns?.[variable] ?? {}
      const summary = await summarise(task, { output, variable, unit, description }, times, members)
      if (found.summaries.length < MOST_SUMMARISED) found.summaries.push(summary)
      else left += 1
    }
  }
  if (left > 0) found.notes.push(`${left} more variables of series are in quantiles.csv alone`)
  return found
}

async function summarise(
  task: SeriesTask,
  variable: Variable,
  times: readonly string[],
  members: readonly number[],
): Promise<SeriesSummary> {
  const isExact = members.length <= task.sketchBeyond
  const size = isExact ? Math.max(1, Math.floor(MOST_VALUES / Math.max(1, members.length))) : MOST_SKETCHES
  const rows: (number | null)[][] = SHARES.map(() => nothing(times.length))
  let most = 0
  for (let from = 0; from < times.length; from += size) {
    const block = { from, to: Math.min(from + size, times.length) }
    const points = isExact
      ? exactly(task.database, variable, block)
      : sketched(task.database, variable, block)
    for (const { at, count, quantiles } of await points) {
      const { output, variable: name, unit } = variable
      await task.csv.csv([output, name, unit, times[at]!, count, ...quantiles])
      for (const [nth, value] of quantiles.entries()) rows[nth]![at] = value
      most = Math.max(most, count)
    }
  }
  const by = thinning(times.length)
  const { output, variable: name, unit, description } = variable
  return {
    output,
    variable: name,
    ...(unit !== undefined && { unit }),
    ...(description !== undefined && { description }),
    method: isExact ? 'exact' : 'sketch',
    members: most,
    times: middles(times, by),
    quantiles: rows.map((row) => means(row, by)),
    lines: await linesOf(task.database, variable, members, times.length, by),
    ...(by > 1 && { thinned: true }),
  }
}

/** A block's values: by steps, which tell the row groups to read, then by their times. */
function valuesOf({ output, variable }: Variable, { from, to }: Block): string {
  return `
    placed
    where output = ${literal(output)} and variable = ${literal(variable)} and place >= ${from} and place < ${to}
      and step >= (select min(first) from times where place >= ${from} and place < ${to})
      and step <= (select max(last) from times where place >= ${from} and place < ${to})`
}

async function exactly(database: Database, variable: Variable, block: Block): Promise<Point[]> {
  const rows = await database.rows(`
    select place, count(*)::integer as n, quantile_cont(value, [${SHARES.join(', ')}]) as q
    from ${valuesOf(variable, block)} group by place order by place`)
  return rows.map(({ place, n, q }) => ({
    at: Number(place),
    count: Number(n),
    quantiles: Array.isArray(q) ? q.map(Number) : [],
  }))
}

async function sketched(database: Database, variable: Variable, block: Block): Promise<Point[]> {
  const sketches = new Map<number, Sketch>()
  for await (const chunk of database.chunks(`select place, value from ${valuesOf(variable, block)}`)) {
    const [at, value] = [chunk.getColumnVector(0), chunk.getColumnVector(1)]
    for (let row = 0; row < chunk.rowCount; row += 1) {
      const place = Number(at.getItem(row))
      const sketch = sketches.get(place) ?? new Sketch(place)
      sketches.set(place, sketch)
      sketch.add(Number(value.getItem(row)))
    }
  }
  const all = Array.from(sketches, ([at, sketch]) => ({
    at,
    count: sketch.count,
    quantiles: sketch.quantiles(SHARES),
  }))
  return all.toSorted((a, b) => a.at - b.at)
}

/** Some members, evenly spread by index. */
async function linesOf(
  database: Database,
  { output, variable }: Variable,
  members: readonly number[],
  steps: number,
  by: number,
): Promise<SeriesSummary['lines']> {
  const some = Math.min(MOST_LINES, members.length)
  const chosen = Array.from({ length: some }, (_, i) =>
    some === 1 ? members[0]! : members[Math.round((i * (members.length - 1)) / (some - 1))]!,
  )
  if (some === 0) return []
  const lines = new Map(chosen.map((index) => [index, nothing(steps)]))
  const rows = await database.rows(`
    select "index", place, value from placed
    where output = ${literal(output)} and variable = ${literal(variable)} and "index" in (${chosen.join(', ')})`)
  for (const { index, place, value } of rows) lines.get(Number(index))![Number(place)] = Number(value)
  return Array.from(lines, ([index, values]) => ({ index, values: means(values, by) }))
}

function nothing(length: number): (number | null)[] {
  return Array.from({ length }, () => null)
}
