/**
 * Reads rows of design tables, which `importTable` wrote, without native code. Members are fed in order, so the last
 * row groups read are kept: of each file that is read from at once, one is enough.
 */
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, type FileMetaData } from 'hyparquet'
import { stat } from 'node:fs/promises'
import { PARAM } from './design-columns.ts'

type Row = Record<string, number | boolean | string>
type Table = { version: string; metadata: FileMetaData; starts: number[]; rows: number }

const MOST_TABLES = 64
const MOST_GROUPS = 6
const tables = new Map<string, Promise<Table>>()
const groups = new Map<string, Promise<Row[]>>()

/** Rows `from`, `from` + 1, … of a design table, at most `count` and fewer where it ends; `index` is left out. */
export async function readRows(parquet: string, from: number, count: number): Promise<Row[]> {
  const { size, mtimeMs, ino } = await stat(parquet)
  const version = `${size} ${mtimeMs} ${ino}`
  const table = await kept(tables, `${parquet} ${version}`, MOST_TABLES, () => openTable(parquet, version))
  const rows: Row[] = []
  const to = Math.min(from + count, table.rows)
  for (const [group, start] of table.starts.entries()) {
    const end = table.starts[group + 1] ?? table.rows
    if (end <= from || start >= to) continue
    const key = `${parquet} ${version} ${group}`
    const all = await kept(groups, key, MOST_GROUPS, () => readGroup(parquet, table, start, end))
    rows.push(...all.slice(Math.max(0, from - start), to - start))
  }
  return rows
}

async function openTable(parquet: string, version: string): Promise<Table> {
  const metadata = await parquetMetadataAsync(await asyncBufferFromFile(parquet))
  const starts: number[] = []
  let rows = 0
  for (const group of metadata.row_groups) {
    starts.push(rows)
    rows += Number(group.num_rows)
  }
  return { version, metadata, starts, rows }
}

async function readGroup(parquet: string, table: Table, start: number, end: number): Promise<Row[]> {
  const file = await asyncBufferFromFile(parquet)
  const { metadata } = table
  const rows = await parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end })
  return rows.map((row) => {
    const entries = Object.entries(row).filter(([name]) => name !== 'index')
    return Object.fromEntries(
      entries.map(([name, value]) => [
        name.startsWith(PARAM) ? name.slice(PARAM.length) : name,
        typeof value === 'bigint' ? Number(value) : value,
      ]),
    )
  })
}

/** The value of a key, made once; the least recently used goes when there are too many, and so does what failed. */
function kept<V>(
  all: Map<string, Promise<V>>,
  key: string,
  most: number,
  make: () => Promise<V>,
): Promise<V> {
  const value = all.get(key) ?? make()
  all.delete(key)
  all.set(key, value)
  value.catch(() => all.delete(key))
  const [oldest] = all.keys()
  if (all.size > most && oldest !== undefined) all.delete(oldest)
  return value
}
