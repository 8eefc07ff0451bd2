/** Ended runs as the store has them: their lasting record, `run.json`. */
import type { Log } from '@carya/amqp'
import { EnsembleView, isTerminal, Job, RunView } from '@carya/contracts'
import { StoreError, type Store } from '@carya/store'
import { Unavailable } from './api.ts'
import { z } from 'zod'
import type { EndedRuns } from './ports.ts'

/** A store that takes longer for a small file (a network file system that hangs) is away. */
const PATIENCE_MS = 5000

/** What is kept, as `lastingOf` makes it. */
const Ended = RunView.extend({ files: Job.shape.files.optional(), version: z.int().optional() })

/** `find` throws `Unavailable` while the store does not answer, or only with errors; of a run that is not there, or not ended, it knows nothing. */
export function endedRuns(store: Pick<Store, 'readRun'>): EndedRuns {
  return {
    async find(id) {
      const run = Ended.safeParse(await patiently(() => store.readRun(id)))
      return run.success && run.data.id === id && isTerminal(run.data.state) ? run.data : undefined
    },
  }
}

/** What a small read gives; undefined where there is only what somebody else has put there. Throws `Unavailable` where the store does not answer. */
export async function patiently(read: () => Promise<unknown>): Promise<unknown> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(new Unavailable('the store')), PATIENCE_MS)
  try {
    return await Promise.race([read(), late.promise])
  } catch (err) {
    // a file that somebody else has put there says nothing
    if (err instanceof SyntaxError || err instanceof StoreError) return undefined
    // nothing else is known to be wrong with a small file: its server is gone, or the mount
    throw err instanceof Unavailable ? err : new Unavailable('the store', { cause: err })
  } finally {
    clearTimeout(timer)
  }
}

/** What says where a record goes. */
const Place = RunView.pick({ id: true, ensemble: true, index: true })

const EnsemblePlace = EnsembleView.pick({ id: true })

/** An ensemble's record as it was written: with the number of the commit that it is of. */
const Sequenced = z.looseObject({ seq: z.number() })

type Records = Pick<Store, 'writeRun' | 'writeEnsemble' | 'readEnsemble'>
type WriteRecord = (record: unknown, seq: number) => Promise<void>

/**
 * Writes the record of a run that has ended, or of an ensemble. Whatever else of it our own schema would not take, it
 * is all there will be; one that does not even say whose it is would be tried for ever, and is left out. Of an
 * ensemble several are written in its life, and what the outbox holds may come late, twice and out of order: one of an
 * earlier commit (`seq`) than that in the store is left out.
 */
export function recordWriter(store: Records, log: Log): WriteRecord {
  const writing = new Map<string, Promise<void>>()

  async function writeLatest(id: string, record: object, seq: number): Promise<void> {
    const there = Sequenced.safeParse(await patiently(() => store.readEnsemble(id)))
    if (there.success && there.data.seq > seq) return
    await store.writeEnsemble(id, { ...record, seq })
  }

  return async (record, seq) => {
    const ensemble = EnsemblePlace.safeParse(record)
    if (ensemble.success) {
      const { id } = ensemble.data
      const before = writing.get(id) ?? Promise.resolve()
      const after = before.then(() => writeLatest(id, Object(record), seq))
      const settled = after.catch(() => undefined)
      writing.set(id, settled)
      void settled.then(() => writing.get(id) === settled && writing.delete(id))
      return after
    }
    const place = Place.safeParse(record)
    if (place.success) await store.writeRun(place.data, record)
    else log.error({ err: place.error }, 'a record does not say whose it is: it is not written')
  }
}
