/** Failed members in groups, and where their parameters lie. */
import type { EnsembleSummary } from '@carya/contracts'
import type { Columns } from './columns.ts'
import type { Database } from './database.ts'
import { literal, quoted } from './sql.ts'

type Ranges = EnsembleSummary['ranges']

const MOST_GROUPS = 20

/**
 * By kind, exit code and last line of the log with its numbers taken away; most members first, and how many groups are
 * left out. All names are qualified: parameters and metrics may be called `kind`, `line` or `exitCode`, too.
 */
export async function failuresOf(
  database: Database,
  parquet: string,
  columns: Columns,
): Promise<{ groups: EnsembleSummary['failures']; left: number }> {
  const rows = await database.rows(`
    select members.failure_kind as kind, members.exitCode::double as code, members.last_line as line,
      count(*)::double as count, min(members."index")::double as example, (count(*) over ())::double as all_groups,
      ${rangesOf(columns, 'r')}
    from members join read_parquet(${literal(parquet)}) r using ("index")
    where members.state = 'failed'
    group by members.failure_kind, members.exitCode, members.last_line
    order by count(*) desc, members.failure_kind, members.exitCode, members.last_line limit ${MOST_GROUPS}`)
  const groups = rows.map((row) => ({
    kind: typeof row['kind'] === 'string' ? row['kind'] : 'unknown',
    exitCode: row['code'] === null ? null : Number(row['code']),
    lastLine: String(row['line']),
    count: Number(row['count']),
    example: Number(row['example']),
    ranges: toRanges(columns, row),
  }))
  return { groups, left: Number(rows[0]?.['all_groups'] ?? 0) - groups.length }
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
