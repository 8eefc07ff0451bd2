/** Ensembles as the store has them: `ensemble.json`, with what was pinned. */
import { EnsembleId, EnsembleView, isEnded } from '@carya/contracts'
import type { Store } from '@carya/store'
import { z } from 'zod'
import type { EnsembleRecord, EnsembleSpec } from './domain/ensemble-record.ts'
import { patiently } from './ended-runs.ts'
import type { StoredEnsembles } from './ensemble-ports.ts'

// nothing but the dispatcher writes there; who may write into the store can forge more than this
const isObject = (value: unknown, field: string) =>
  typeof value === 'object' && value !== null && field in value
const Stored = EnsembleView.extend({
  spec: z.custom<EnsembleSpec>((value) => isObject(value, 'design')),
  record: z.custom<EnsembleRecord>((value) => isObject(value, 'cursor')),
  /** see `recordWriter` */
  seq: z.number().optional(),
})

/** Each call throws `Unavailable` while the store does not answer. */
export function storedEnsembles(store: Pick<Store, 'readEnsemble' | 'ensembles'>): StoredEnsembles {
  async function read(id: string) {
    const parsed = Stored.safeParse(await patiently(() => store.readEnsemble(id)))
    return parsed.success && parsed.data.id === id ? parsed.data : undefined
  }
  return {
    async find(id) {
      const found = await read(id)
      if (!found || !isEnded(found.state)) return undefined
      const { spec, record, seq, ...view } = found
      void [record, seq]
      return { view, spec }
    },
    async ids() {
      const names = await store.ensembles()
      return names.filter((name) => EnsembleId.safeParse(name).success)
    },
    async unfinished(id) {
      const found = await read(id)
      if (!found) return undefined
      const { record, spec } = found
      return isEnded(record.state) && record.results !== 'none' ? undefined : { record, spec }
    },
  }
}
