/** `results.parquet` and `results.csv`: one row a member, by index. */
import type { Varied } from '@carya/contracts'
import type { Columns } from './columns.ts'
import type { Database } from './database.ts'
import { literal, quoted } from './sql.ts'

const STRUCTURE = {
  index: 'BIGINT',
  state: 'VARCHAR',
  attempts: 'BIGINT',
  inputs: 'MAP(VARCHAR, JSON)',
  metrics: 'MAP(VARCHAR, DOUBLE)',
  failure: { kind: 'VARCHAR' },
  exitCode: 'BIGINT',
  worker: 'VARCHAR',
  startedAt: 'VARCHAR',
  endedAt: 'VARCHAR',
  cpuSeconds: 'DOUBLE',
  maxMemoryBytes: 'BIGINT',
}
/** Metrics that the manifest does not declare: so many of them have a column, the most frequent ones. */
const MOST_OTHERS = 256
const MOST_NAME = 256

/** The names of metrics: declared ones in their order, then others by name. */
export async function metricNames(
  database: Database,
  rows: string,
  declared: readonly string[],
): Promise<{ names: string[]; left: number }> {
  const found = await database.rows(`
    select name, count(*)::double as n
    from (
      select unnest(map_keys(from_json(line, '{"metrics": "MAP(VARCHAR, DOUBLE)"}').metrics)) as name
      from read_parquet(${literal(rows)})
    )
    group by name order by n desc, name`)
  const usual = declared.filter(isUsual)
  const others = found.map(({ name }) => String(name)).filter((name) => !usual.includes(name))
  const kept = others.filter(isUsual).slice(0, MOST_OTHERS).toSorted()
  return { names: [...usual, ...kept], left: others.length - kept.length }
}

function isUsual(name: string): boolean {
  return name.length <= MOST_NAME && !name.includes('\0')
}

/** Writes both files from the rows that count. */
export async function writeResults(
  database: Database,
  rows: string,
  columns: Columns,
  files: { parquet: string; csv: string },
): Promise<void> {
  const varied = columns.varied.map(({ varied: each, column }) => `${valueOf(each)} as ${quoted(column)}`)
  const metrics = columns.metrics.map(({ name, column }) => `metrics[${literal(name)}] as ${quoted(column)}`)
  const time = (name: string) => `epoch_us(try_cast(${name} as timestamp))`
  await database.run(`
    copy (select ${[
      '"index"',
      'state',
      ...varied,
      ...metrics,
      'attempts',
      'failure.kind as failure_kind',
      'exitCode as exit_code',
      'worker',
      'startedAt as started_at',
      'endedAt as ended_at',
      `(${time('endedAt')} - ${time('startedAt')}) / 1e6 as seconds`,
      'cpuSeconds as cpu_seconds',
      'maxMemoryBytes as max_memory_bytes',
    ].join(', ')}
    from (
      select unnest(from_json(line, ${literal(JSON.stringify(structureOf(columns)))})) from read_parquet(${literal(rows)})
    )) to ${literal(files.parquet)} (format parquet, compression snappy)`)
  await database.run(
    `copy (from read_parquet(${literal(files.parquet)})) to ${literal(files.csv)} (format csv, header)`,
  )
}

function valueOf({ name, type }: Varied): string {
  return type === 'input'
    ? `inputs[${literal(name.replace(/^input\./, ''))}]->>'$.url'`
    : `params.${quoted(name)}`
}

const typesInSql = { number: 'DOUBLE', integer: 'BIGINT', boolean: 'BOOLEAN', string: 'VARCHAR' }

/** Parameters are fields, which cost less than a map: no two names differ by case alone. Those of metrics may. */
function structureOf({ varied }: Columns): object {
  const params: Record<string, string> = {}
  for (const { varied: each } of varied) if (each.type !== 'input') params[each.name] = typesInSql[each.type]
  return Object.keys(params).length === 0 ? STRUCTURE : { ...STRUCTURE, params }
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
