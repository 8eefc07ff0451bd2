/** Makes an ensemble's tables and statistics: for good when it has ended, and so far when somebody asks before. */
import type { Log } from '@carya/amqp'
import { isEnded } from '@carya/contracts'
import { Unavailable } from '../api.ts'
import { analysed } from '../domain/ensemble.ts'
import { failedOf, type EnsembleRecord, type EnsembleSpec } from '../domain/ensemble-record.ts'
import type { EnsembleFiles, EnsembleStore } from '../ensemble-ports.ts'
import type { Clock } from '../ports.ts'
import type { ChangeEnsemble } from './change-ensemble.ts'
import type { FlushRows } from './flush-rows.ts'

export type AnalyseParts = {
  ensembles: Pick<EnsembleStore, 'read' | 'spec' | 'facts' | 'claimResults'>
  files: Pick<EnsembleFiles, 'analyse'>
  change: ChangeEnsemble
  flush: FlushRows
  clock: Clock
  log: Log
}

/**
 * Resolves when results stand in the store that hold every member ended by now. Throws where they cannot be made, and
 * `Unavailable` where that may be otherwise in a while.
 */
export type AnalyseEnsemble = (id: string) => Promise<void>

/** After a fault of the store it is left alone for so long, unless somebody asks. */
const PAUSE_MS = 60_000

export function analyseEnsemble({ ensembles, files, change, flush, clock, log }: AnalyseParts): {
  /** For who asks. */
  now: AnalyseEnsemble
  /** For the sweep: not again at once after a fault of the store. */
  eventually: AnalyseEnsemble
} {
  const flights = new Map<string, Promise<void>>()
  /** of those that go on, the members that the results in the store hold */
  const held = new Map<string, string>()
  const troubleAt = new Map<string, number>()
  /** one at a time: each is a process that takes hundreds of MiB */
  let last: Promise<unknown> = Promise.resolve()

  async function analyse(id: string): Promise<void> {
    const claimed = await ensembles.claimResults(id)
    if (!claimed) {
      const detail = `another dispatcher is making the results of ${id}: ask again in a moment`
      throw new Unavailable('the results', { detail })
    }
    try {
      const record = await ensembles.read(id)
      const spec = record && (await ensembles.spec(record))
      if (record && spec && record.results !== 'complete') await make(record, spec)
    } finally {
      // where Redis is away it runs out
      await claimed.release().catch(() => undefined)
    }
  }

  async function make(record: EnsembleRecord, spec: EnsembleSpec): Promise<void> {
    const { id, round } = record
    const complete = isEnded(record.state)
    const facts = await ensembles.facts(id)
    const members = `${round} ${facts.succeeded} ${failedOf(facts)} ${facts.cancelled}`
    if (!complete && held.get(id) === members) return
    await flush(id)
    try {
      await files.analyse(record, spec, complete)
    } catch (err) {
      if (err instanceof Unavailable) {
        troubleAt.set(id, clock.now())
        throw err
      }
      log.error({ err, ensemble: id }, 'results cannot be made')
      if (complete) await change(id, (each) => analysed(each, 'failed'))
      throw err
    }
    troubleAt.delete(id)
    if (!complete) return void held.set(id, members)
    held.delete(id)
    // one that runs again meanwhile has other results to come
    await change(id, (each) =>
      each.round === round ? analysed(each, 'complete') : { refused: 'it was run again' },
    )
  }

  function now(id: string): Promise<void> {
    const known = flights.get(id)
    if (known) return known
    const flight = last.then(() => analyse(id)).finally(() => flights.delete(id))
    last = flight.catch(() => undefined)
    flights.set(id, flight)
    return flight
  }

  return {
    now,
    async eventually(id) {
      if (clock.now() - (troubleAt.get(id) ?? -Infinity) >= PAUSE_MS) await now(id)
    },
  }
}
