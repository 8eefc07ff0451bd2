/** `results.parquet` and `results.csv`: one row a member, by index. */
import type { Varied } from '@carya/contracts'
import type { Columns } from './columns.ts'
import type { Database } from './database.ts'
import { literal, quoted } from './sql.ts'

/** Metrics that the manifest does not declare: so many of them have a column, the most frequent ones. */
const MOST_OTHERS = 256
const MOST_NAME = 256

/** The names of metrics: declared ones in their order, then others by name. */
export async function metricNames(
  database: Database,
  declared: readonly string[],
): Promise<{ names: string[]; left: number }> {
  const rows = await database.rows(`
    select name, count(*)::double as n
    from (select unnest(map_keys(metrics)) as name from members)
    group by name order by n desc, name`)
  const usual = declared.filter(isUsual)
  const others = rows.map(({ name }) => String(name)).filter((name) => !usual.includes(name))
  const kept = others.filter(isUsual).slice(0, MOST_OTHERS).toSorted()
  return { names: [...usual, ...kept], left: others.length - kept.length }
}

function isUsual(name: string): boolean {
  return name.length <= MOST_NAME && !name.includes('\0')
}

/** Makes the view `results` over the table `members`, and writes it to both files. */
export async function writeResults(
  database: Database,
  columns: Columns,
  files: { parquet: string; csv: string },
): Promise<void> {
  const varied = columns.varied.map(({ varied: each, column }) => `${valueOf(each)} as ${quoted(column)}`)
  const metrics = columns.metrics.map(({ name, column }) => `metrics[${literal(name)}] as ${quoted(column)}`)
  const time = (name: string) => `epoch_us(try_cast(${name} as timestamp))`
  await database.run(`
    create view results as
    select ${[
      '"index"',
      'state',
      ...varied,
      ...metrics,
      'attempts',
      'failure_kind',
      'exitCode as exit_code',
      'worker',
      'startedAt as started_at',
      'endedAt as ended_at',
      `(${time('endedAt')} - ${time('startedAt')}) / 1e6 as seconds`,
      'cpuSeconds as cpu_seconds',
      'maxMemoryBytes as max_memory_bytes',
    ].join(', ')}
    from members order by "index"`)
  await database.run(`copy (from results) to ${literal(files.parquet)} (format parquet, compression snappy)`)
  await database.run(`copy (from results) to ${literal(files.csv)} (format csv, header)`)
}

function valueOf({ name, type }: Varied): string {
  const value = `params[${literal(name)}]`
  switch (type) {
    case 'number':
      return `try_cast(${value} as double)`
    case 'integer':
      return `try_cast(${value} as bigint)`
    case 'boolean':
      return `try_cast(${value} as boolean)`
    case 'string':
      return `${value}->>'$'`
    case 'input':
      return `inputs[${literal(name.replace(/^input\./, ''))}]->>'$.url'`
  }
}

/** Columns of doubles, a place for each index below `length`; NaN where a member has none, or has not succeeded. */
export async function numbersOf(
  database: Database,
  file: string,
  columns: readonly string[],
  length: number,
): Promise<Float64Array[]> {
  const arrays = columns.map(() => new Float64Array(length).fill(Number.NaN))
  if (columns.length === 0) return arrays
  const selected = columns.map((column) => `${quoted(column)}::double`).join(', ')
  const source = `select "index"::double, ${selected} from read_parquet(${literal(file)}) where state = 'succeeded'`
  for await (const chunk of database.chunks(source)) {
    const at = chunk.getColumnVector(0)
    for (const [nth, array] of arrays.entries()) {
      const vector = chunk.getColumnVector(nth + 1)
      for (let row = 0; row < chunk.rowCount; row += 1)
        array[Number(at.getItem(row))] = Number(vector.getItem(row) ?? Number.NaN)
    }
  }
  return arrays
}
