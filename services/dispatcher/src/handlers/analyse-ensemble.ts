/** Makes an ensemble's tables and statistics: for good when it has ended, and so far when somebody asks before. */
import type { Log } from '@carya/amqp'
import { isEnded } from '@carya/contracts'
import { analysed } from '../domain/ensemble.ts'
import type { EnsembleRecord } from '../domain/ensemble-record.ts'
import type { EnsembleFiles, EnsembleStore } from '../ensemble-ports.ts'
import type { ChangeEnsemble } from './change-ensemble.ts'
import type { FlushRows } from './flush-rows.ts'

export type AnalyseParts = {
  ensembles: Pick<EnsembleStore, 'read' | 'spec'>
  files: Pick<EnsembleFiles, 'analyse'>
  change: ChangeEnsemble
  flush: FlushRows
  log: Log
}

/** Resolves when results stand in the store that hold every member ended by now. Throws where they cannot be made. */
export type AnalyseEnsemble = (id: string) => Promise<void>

/** So many are made at once: each is a process that takes hundreds of MiB. */
const AT_ONCE = 1

export function analyseEnsemble({ ensembles, files, change, flush, log }: AnalyseParts): AnalyseEnsemble {
  const flights = new Map<string, Promise<void>>()
  /** of those that go on: rows have been moved since the last time */
  const fresh = new Map<string, boolean>()
  let running = 0
  const waiting: (() => void)[] = []

  async function turn(): Promise<void> {
    if (running < AT_ONCE) running += 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }

  function release(): void {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  async function analyse(id: string): Promise<void> {
    await turn()
    try {
      const record = await ensembles.read(id)
      const spec = record && (await ensembles.spec(record))
      if (!record || !spec || record.results === 'complete') return
      const complete = isEnded(record.state)
      const moved = await flush(id)
      if (!complete && moved === 0 && fresh.get(id)) return
      await made(record, () => files.analyse(record, spec, complete))
      if (complete) fresh.delete(id)
      else fresh.set(id, true)
    } finally {
      release()
    }
  }

  async function made(record: EnsembleRecord, work: () => Promise<void>): Promise<void> {
    const complete = isEnded(record.state)
    try {
      await work()
    } catch (err) {
      log.error({ err, ensemble: record.id }, 'results cannot be made')
      if (complete) await change(record.id, (now) => analysed(now, 'failed'))
      throw err
    }
    if (!complete) return
    // one that runs again meanwhile has other results to come
    await change(record.id, (now) =>
      now.round === record.round ? analysed(now, 'complete') : { refused: 'it was run again' },
    )
  }

  return (id) => {
    const known = flights.get(id)
    if (known) return known
    const flight = analyse(id).finally(() => flights.delete(id))
    flights.set(id, flight)
    return flight
  }
}
