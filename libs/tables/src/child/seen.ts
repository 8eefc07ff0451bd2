/**
 * What of the chunks counts, in views of DuckDB: `counted` (the rows of members whose row counts, from the segment it
 * is in), and of one output at a time `placed` (the same with the place of their time).
 */
import type { Database } from './database.ts'
import { list, literal } from './sql.ts'

/**
 * Makes `counted` of the chunks in these files. Mostly no row was superseded: then there is nothing to look up for each
 * value.
 */
export async function viewCounted(database: Database, files: readonly string[]): Promise<void> {
  await database.run(`
    create view chunks as
    select *, regexp_replace(parse_filename(filename), '[.]parquet$', '') as segment
    from read_parquet(${list(files)}, filename = true)`)
  await database.run(`
    create table superseded as
    select distinct "index", segment from chunks anti join (from members where state = 'succeeded') using ("index", segment)
    where variable is null`)
  const [row] = await database.rows('select count(*)::integer as n from superseded')
  const some = Number(row?.['n']) > 0 ? 'anti join superseded using ("index", segment)' : ''
  await database.run(`create view counted as select * from chunks ${some}`)
}

/** Members without this series, by reason, in words. */
export async function leftOut(database: Database, output: string): Promise<string[]> {
  const rows = await database.rows(`
    select note, count(*)::integer as n from counted
    where output = ${literal(output)} and variable is null and note is not null
    group by note order by n desc, note limit 5`)
  return rows.map(
    ({ note, n }) =>
      `${output}: ${n === 1 ? '1 member is' : `${String(n)} members are`} left out of the series: ${String(note)}`,
  )
}

/** The indices of members that have this series, in order. */
export async function lookedAt(database: Database, output: string): Promise<number[]> {
  const rows = await database.rows(`
    select "index" from counted where output = ${literal(output)} and variable is null and note is null
    order by "index"`)
  return rows.map(({ index }) => Number(index))
}

/**
 * Makes `times` and the view `placed`, whose `place` is the rank of a value's time. Times come in the order of the
 * files: where two files disagree, by the first step that a time had in any. Where none does, a step is a place.
 */
export async function placeTimes(database: Database, output: string, most: number): Promise<string[]> {
  await database.run(`
    create or replace table seen as
    select variable, time, min(step) as first, max(step) as last from counted
    where output = ${literal(output)} and variable is not null group by variable, time`)
  await database.run(`
    create or replace table times as
    select (row_number() over (order by first, time) - 1)::integer as place, * from (
      select time, min(first) as first, max(last) as last from seen group by time
    ) order by first, time limit ${most + 1}`)
  const [row] = await database.rows(
    'select coalesce(bool_and(place = first and place = last), true) as same from times',
  )
  const placed =
    row?.['same'] === true ? 'select *, step as place from counted' : 'from counted join times using (time)'
  await database.run(`create or replace view placed as ${placed}`)
  const rows = await database.rows('select time from times order by place')
  return rows.map(({ time }) => String(time))
}

/** Declared ones first, in their order, then the others by name. */
export async function variablesSeen(database: Database, declared: string[]): Promise<string[]> {
  const rows = await database.rows('select distinct variable from seen')
  const names = new Set(rows.map(({ variable }) => String(variable)))
  return [...declared.filter((name) => names.delete(name)), ...[...names].toSorted()]
}
