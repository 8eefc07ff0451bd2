/**
 * Ensembles that Redis has forgotten go on from the store (H3): what was pinned stands in `ensemble.json`, and who has
 * ended in the rows. All others are to run: those that hosts hold are made again from there while nothing is fed, and
 * the feed passes over them; what was fed and ended without its row having come to the store runs once more.
 */
import type { Log } from '@carya/amqp'
import type { EnsembleFiles, EnsembleStore, StoredEnsembles } from '../ensemble-ports.ts'
import type { FlushRows } from './flush-rows.ts'

export type RestoreParts = {
  ensembles: Pick<EnsembleStore, 'read' | 'restore'>
  stored: StoredEnsembles
  files: Pick<EnsembleFiles, 'ends'>
  flush: FlushRows
  log: Log
}

/** Makes all again that are not known, and had not ended or have no results yet. Throws while Redis or the store is away. */
export type RestoreEnsembles = () => Promise<void>

export function restoreEnsembles({ ensembles, stored, files, flush, log }: RestoreParts): RestoreEnsembles {
  async function restore(id: string): Promise<void> {
    const kept = await stored.unfinished(id)
    if (!kept) return
    const { record, spec } = kept
    // of those that ended since Redis was emptied
    await flush(id)
    const ends = await files.ends(record)
    // nothing is left for the cursor: who is to run stands among those that run again
    const made = { ...record, version: record.version + 1, cursor: record.members ?? 0 }
    if ((await ensembles.restore(made, spec, ends)) === 'conflict') return
    log.warn({ ensemble: id, ended: ends.filter((end) => end > 0).length }, 'an ensemble was made again')
  }

  return async () => {
    for (const id of await stored.ids()) if (!(await ensembles.read(id))) await restore(id)
  }
}
