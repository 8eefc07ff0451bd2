import { inChild } from './in-child.ts'
import type { ImportOutcome, TableImport } from './task.ts'

/**
 * Checks a design table and writes it to `out` as Parquet, whole or not at all: one row a member, `index` first. A
 * table with faults writes nothing: the first hundred are told, each with its place. Throws where the file cannot be
 * read.
 */
export function importTable(table: TableImport, signal?: AbortSignal): Promise<ImportOutcome> {
  return inChild({ kind: 'import', table }, signal)
}
