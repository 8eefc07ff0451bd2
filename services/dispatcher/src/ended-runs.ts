/** Ended runs as the store has them: their lasting record, `run.json`. */
import type { Log } from '@carya/amqp'
import { EnsembleView, isTerminal, RunView } from '@carya/contracts'
import { StoreError, type Store } from '@carya/store'
import { Unavailable } from './api.ts'
import type { EndedRuns } from './ports.ts'

/** A store that takes longer for a small file (a network file system that hangs) is away. */
const PATIENCE_MS = 5000

/** `find` throws `Unavailable` while the store does not answer, or only with errors; of a run that is not there, or not ended, it knows nothing. */
export function endedRuns(store: Pick<Store, 'readRun'>): EndedRuns {
  return {
    async find(id) {
      const run = RunView.safeParse(await patiently(() => store.readRun(id)))
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

/**
 * Writes the record of a run that has ended, or of an ensemble. Whatever else of it our own schema would not take, it
 * is all there will be; one that does not even say whose it is would be tried for ever, and is left out.
 */
export async function writeRecord(
  store: Pick<Store, 'writeRun' | 'writeEnsemble'>,
  log: Log,
  record: unknown,
): Promise<void> {
  const ensemble = EnsemblePlace.safeParse(record)
  if (ensemble.success) return store.writeEnsemble(ensemble.data.id, record)
  const place = Place.safeParse(record)
  if (place.success) await store.writeRun(place.data, record)
  else log.error({ err: place.error }, 'a record does not say whose it is: it is not written')
}
