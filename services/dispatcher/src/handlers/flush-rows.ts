/**
 * Moves rows of ended members from Redis into the store: a segment is written, synced, and only then are its rows
 * forgotten here. A segment is named after its first and its last row, so that two dispatchers that flush at once write
 * two files; rows that come twice are told apart by their index when they are read.
 */
import type { EnsembleFiles, EnsembleStore } from '../ensemble-ports.ts'

/** Rows of one segment. */
export const SEGMENT = 1000

export type FlushRows = (id: string) => Promise<number>

/** Moves all rows there are; how many. */
export function flushRows(
  ensembles: Pick<EnsembleStore, 'rows' | 'trim'>,
  files: Pick<EnsembleFiles, 'writeRows'>,
): FlushRows {
  const flushing = new Map<string, Promise<number>>()

  async function flush(id: string): Promise<number> {
    let moved = 0
    for (;;) {
      const rows = await ensembles.rows(id, SEGMENT)
      const last = rows.at(-1)
      if (last === undefined) return moved
      const name = `${padded(rows[0]!.id)}_${padded(last.id)}.jsonl`
      await files.writeRows(id, name, rows.map(({ row }) => `${row}\n`).join(''))
      await ensembles.trim(id, last.id)
      moved += rows.length
      if (rows.length < SEGMENT) return moved
    }
  }

  return async (id) => {
    // whoever comes while it goes on wants what has come since
    while (flushing.has(id)) await flushing.get(id)
    const flight = flush(id).finally(() => flushing.delete(id))
    flushing.set(id, flight)
    return flight
  }
}

/** A stream's id as text that sorts as it does. */
function padded(id: string): string {
  const [ms = '', count = ''] = id.split('-')
  return `${ms.padStart(15, '0')}-${count.padStart(8, '0')}`
}
