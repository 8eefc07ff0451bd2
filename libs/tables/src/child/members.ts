/**
 * The rows that count, one a member, from all segments. Doubles are dropped by the order that `precedence.ts` has.
 */
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { segmentsOf } from '../find-row.ts'
import { statesByWeight } from '../precedence.ts'
import type { Database } from './database.ts'
import { list, literal } from './sql.ts'

/** What decides which row counts, and what is kept of it in memory. */
const KEYS = { index: 'BIGINT', round: 'BIGINT', state: 'VARCHAR', endedAt: 'VARCHAR' }
const FACTS = {
  index: 'BIGINT',
  state: 'VARCHAR',
  failure: { kind: 'VARCHAR', detail: 'VARCHAR' },
  exitCode: 'BIGINT',
  folder: 'VARCHAR',
  logTail: 'VARCHAR',
}
/** Of one row, in bytes: its log tail and metrics are bounded by those who report them. */
const MOST_ROW = 2 ** 23

/**
 * Writes the rows that count to a file, by index: `index`, `line` (the row as JSON) and `segment` (its name without
 * ending). Makes the table `members` of what is asked of them often: state, failure, folder, `last_line`.
 */
export async function gatherMembers(
  database: Database,
  folder: string,
  work: string,
  total: number,
): Promise<string> {
  const files: string[] = []
  for (const segment of await segmentsOf(folder))
    files.push(await readable(join(folder, 'rows', segment), join(work, segment)))
  const source =
    files.length === 0
      ? `(select '{}'::json as json, '' as filename where false)`
      : `read_json_objects(${list(files)}, format = 'newline_delimited', filename = true, maximum_object_size = ${MOST_ROW})`
  const states = statesByWeight.map((state, weight) => `when ${literal(state)} then ${weight}`).join(' ')
  const rows = join(work, 'rows.parquet')
  await database.run(`
    copy (
      select "index", line, segment from (
        select unnest(from_json(json, ${literal(JSON.stringify(KEYS))})), json::varchar as line,
          regexp_replace(parse_filename(filename), '[.]jsonl$', '') as segment
        from ${source}
      )
      where "index" >= 0 and "index" < ${total}
      qualify row_number() over (
        partition by "index"
        order by round desc, case state ${states} end, epoch_ms(try_cast(endedAt as timestamp)) desc, line desc, segment
      ) = 1
      order by "index"
    ) to ${literal(rows)} (format parquet, compression snappy)`)
  await database.run(`
    create table members as
    select * exclude (failure, logTail), failure.kind as failure_kind, ${lastLine()} as last_line from (
      select unnest(from_json(line, ${literal(JSON.stringify(FACTS))})), segment from read_parquet(${literal(rows)})
    )`)
  return rows
}

/** The last line of the log, or what the failure says where there is none; numbers in it are `#`. */
function lastLine(): string {
  const last = (text: string) =>
    `nullif(trim(regexp_replace(regexp_extract(rtrim(left(${text}, 1000000), E' \\n\\r\\t'), '[^\\n\\r]*$'), '[[:cntrl:]]+', ' ', 'g')), '')`
  const numbers = '0[xX][0-9a-fA-F]+|[-+]?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?'
  return `left(regexp_replace(coalesce(${last('logTail')}, ${last('failure.detail')}, ''), ${literal(numbers)}, '#', 'g'), 200)`
}

/**
 * DuckDB refuses half characters (`\\ud800`), which a log tail may have where it was cut: such a segment is read
 * from a copy without them.
 */
async function readable(file: string, copy: string): Promise<string> {
  if (!(await hasSurrogates(file))) return file
  const lines = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '')
  const whole = lines.map((line) =>
    JSON.stringify(JSON.parse(line), (_, value: unknown) =>
      typeof value === 'string' ? value.toWellFormed() : value,
    ),
  )
  await writeFile(copy, `${whole.join('\n')}\n`)
  return copy
}

const ESCAPES = ['\\ud', '\\uD']

async function hasSurrogates(file: string): Promise<boolean> {
  let tail = ''
  for await (const chunk of createReadStream(file, { highWaterMark: 2 ** 20, encoding: 'latin1' })) {
    const text = `${tail}${String(chunk)}`
    if (ESCAPES.some((escape) => text.includes(escape))) return true
    tail = text.slice(-2)
  }
  return false
}
