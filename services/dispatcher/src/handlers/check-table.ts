/**
 * Reads the table of an ensemble that was accepted with the address of one: fetched, checked whole, and put into the
 * store as it will be read. What is wrong with it, or with its server, ends the ensemble with every fault; a store that is
 * away for the moment does not, it is tried again.
 */
import type { Log } from '@carya/amqp'
import { Unavailable } from '../api.ts'
import { missingColumns, variedColumns } from '../domain/ensemble-table.ts'
import { checked, faulty } from '../domain/ensemble.ts'
import type { EnsembleSpec } from '../domain/ensemble-record.ts'
import type { EnsembleFiles, EnsembleStore } from '../ensemble-ports.ts'
import type { Clock } from '../ports.ts'
import type { ChangeEnsemble } from './change-ensemble.ts'

export type CheckTableParts = {
  ensembles: Pick<EnsembleStore, 'read' | 'spec' | 'claimResults'>
  files: Pick<EnsembleFiles, 'takeTable'>
  change: ChangeEnsemble
  /** Who watches it is to hear of it. */
  touched: (id: string) => void
  clock: Clock
  /** whether an error says that Redis is away */
  isAway: (err: unknown) => boolean
  log: Log
}

/** So often a table is tried that brings out a fault of ours. */
const MOST_TRIES = 3
/** Tables that are read at once, each perhaps from a slow server. */
const AT_ONCE = 4

/** Begins unless it goes on already, or others do: then the sweep says it again. Returns at once. */
export type CheckTable = (id: string) => void

export function checkTable(parts: CheckTableParts): CheckTable {
  const { ensembles, files, change, touched, clock, isAway, log } = parts
  const checking = new Set<string>()
  const tries = new Map<string, number>()

  async function check(id: string): Promise<void> {
    // two that write one file would spoil it
    const claimed = await ensembles.claimResults(id)
    if (!claimed) return
    try {
      await read(id)
    } finally {
      // where Redis is away it runs out
      await claimed.release().catch(() => undefined)
    }
  }

  async function read(id: string): Promise<void> {
    const record = await ensembles.read(id)
    const spec = record && (await ensembles.spec(record))
    if (record?.state !== 'checking' || !spec?.table) return
    const taken = await files.takeTable(id, spec.table)
    const errors = 'errors' in taken ? taken.errors : missingColumns(spec.table.columns, taken.columns)
    if ('errors' in taken || errors.length > 0) {
      await change(id, (now) => faulty(now, errors, clock.iso()))
    } else {
      await change(id, (now) => checked(now, taken.rows), { spec: withTable(spec, taken.columns) })
    }
    touched(id)
  }

  async function failed(id: string, err: unknown): Promise<void> {
    log.warn({ err, ensemble: id }, 'a table is not read yet, the sweep tries again')
    // what is away comes back
    if (err instanceof Unavailable || isAway(err)) return
    const count = (tries.get(id) ?? 0) + 1
    tries.set(id, count)
    if (count < MOST_TRIES) return
    tries.delete(id)
    const detail = `a table that can be read: ${err instanceof Error ? err.message : String(err)}`
    await change(id, (now) => faulty(now, [{ path: 'design.url', value: null, detail }], clock.iso()))
    touched(id)
  }

  return (id) => {
    if (checking.has(id) || checking.size >= AT_ONCE) return
    checking.add(id)
    check(id)
      .catch((err: unknown) => failed(id, err))
      .catch((err: unknown) => log.debug({ err, ensemble: id }, 'the sweep says it again'))
      .finally(() => checking.delete(id))
  }
}

/** What was pinned, now that the table's columns are known: they are what varies. */
function withTable(spec: EnsembleSpec, columns: readonly string[]): EnsembleSpec {
  return { ...spec, varied: variedColumns(spec.table!.columns, columns) }
}
