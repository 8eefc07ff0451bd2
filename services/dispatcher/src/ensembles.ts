/** Wires what is about ensembles: their members, their ends, their files, and what people ask of them. */
import type { Log } from '@carya/amqp'
import { parseSize } from '@carya/contracts'
import type { Store } from '@carya/store'
import type { Config } from './config.ts'
import { ensembleFiles } from './ensemble-files.ts'
import type { EnsembleFiles, EnsembleStore } from './ensemble-ports.ts'
import { restoreEnsembles } from './handlers/restore-ensembles.ts'
import { storedEnsembles } from './stored-ensembles.ts'
import { acceptEnsemble } from './handlers/accept-ensemble.ts'
import { analyseEnsemble } from './handlers/analyse-ensemble.ts'
import { askEnsemble, changeEnsemble } from './handlers/change-ensemble.ts'
import type { ChangeRun } from './handlers/change-run.ts'
import { checkTable } from './handlers/check-table.ts'
import { findMember } from './handlers/find-member.ts'
import { flushRows } from './handlers/flush-rows.ts'
import { makeMembers, type MakeMembers } from './handlers/make-members.ts'
import { tendEnsembles } from './handlers/tend-ensembles.ts'
import { isAway } from './redis/client.ts'
import type { Clock, Feed, Gate, ModelStore, RunStore } from './ports.ts'

/** What the feed needs of ensembles. */
export function ensembleMaking({
  store,
  config,
  ensembles,
  clock,
  stop,
}: {
  store: Store
  config: Pick<Config, 'CARYA_ALLOW_PRIVATE_URLS' | 'CARYA_MAX_TABLE'>
  ensembles: EnsembleStore
  clock: Clock
  stop: AbortSignal
}): { files: EnsembleFiles; make: MakeMembers } {
  const files = ensembleFiles(store, {
    allowPrivate: config.CARYA_ALLOW_PRIVATE_URLS === 'yes',
    mostBytes: parseSize(config.CARYA_MAX_TABLE)!,
    stop,
  })
  return { files, make: makeMembers({ ensembles, tables: files, clock }) }
}

export type EnsembleWiring = {
  runs: RunStore
  ensembles: EnsembleStore
  models: ModelStore
  feed: Feed
  files: EnsembleFiles
  make: MakeMembers
  change: ChangeRun
  store: Pick<Store, 'readEnsemble' | 'ensembles'>
  clock: Clock
  gate: Gate
  installation: string
  poke: (pool: string) => void
  full: () => string | undefined
  log: Log
}

export function wireEnsembles(parts: EnsembleWiring) {
  const { runs, ensembles, models, feed, files, make, change, clock, gate, installation, poke, full, log } =
    parts
  const changing = changeEnsemble({ ensembles, clock, installation, poke })
  const flush = flushRows(ensembles, files)
  const analyse = analyseEnsemble({ ensembles, files, change: changing, flush, clock, log })
  const touched = (id: string) => tender.touched(id)
  const check = checkTable({ ensembles, files, change: changing, touched, clock, isAway, log })
  const tender = tendEnsembles({
    ensembles,
    feed,
    changeEnsemble: changing,
    change,
    flush,
    analyse: analyse.eventually,
    check,
    clock,
    gate,
    log,
  })
  const stored = storedEnsembles(parts.store)
  return {
    ...acceptEnsemble({ runs, ensembles, models, clock, installation, poke, check, full }),
    ask: askEnsemble(changing, ensembles, clock, tender.touched),
    analyse: analyse.now,
    stored,
    restore: restoreEnsembles({ ensembles, stored, files, flush, log }),
    find: findMember({ ensembles, stored, files, flush, make }),
    tender,
    touched: tender.touched,
  }
}
