/** Failed members in groups, and where their parameters lie. */
import type { EnsembleSummary } from '@carya/contracts'
import type { Columns } from './columns.ts'
import type { Database } from './database.ts'
import { literal, quoted } from './sql.ts'

type Ranges = EnsembleSummary['ranges']

const MOST_GROUPS = 20

/** By kind, exit code and last line of the log with its numbers taken away; most members first. */
export async function failuresOf(
  database: Database,
  parquet: string,
  columns: Columns,
): Promise<EnsembleSummary['failures']> {
  const rows = await database.rows(`
    select failure_kind as kind, exitCode::double as code, last_line as line, count(*)::double as count,
      min("index")::double as example, ${rangesOf(columns, 'r')}
    from members join (select * exclude (failure_kind) from read_parquet(${literal(parquet)})) r using ("index")
    where members.state = 'failed'
    group by kind, code, line order by count desc, kind, code, line limit ${MOST_GROUPS}`)
  return rows.map((row) => ({
    kind: typeof row['kind'] === 'string' ? row['kind'] : 'unknown',
    exitCode: row['code'] === null ? null : Number(row['code']),
    lastLine: String(row['line']),
    count: Number(row['count']),
    example: Number(row['example']),
    ranges: toRanges(columns, row),
  }))
}

/** Where the varied numbers of all members lie. */
export async function rangesOfAll(database: Database, parquet: string, columns: Columns): Promise<Ranges> {
  const [row = {}] = await database.rows(
    `select count(*), ${rangesOf(columns, 'r')} from read_parquet(${literal(parquet)}) r`,
  )
  return toRanges(columns, row)
}

function rangesOf(columns: Columns, table: string): string {
  const ranges = numbers(columns).flatMap(({ column }, at) => {
    const name = `${table}.${quoted(column)}::double`
    return [`min(${name}) as low${at}`, `max(${name}) as high${at}`]
  })
  return ranges.length === 0 ? 'null as none' : ranges.join(', ')
}

function toRanges(columns: Columns, row: Record<string, unknown>): Ranges {
  const ranges: Ranges = {}
  for (const [at, { varied }] of numbers(columns).entries()) {
    const [low, high] = [row[`low${at}`], row[`high${at}`]]
    if (typeof low === 'number' && typeof high === 'number') ranges[varied.name] = [low, high]
  }
  return ranges
}

function numbers({ varied }: Columns): Columns['varied'] {
  return varied.filter(({ varied: { type } }) => type === 'number' || type === 'integer')
}
