/** What workers left beside the outputs of attempts: `run.json` in each one's folder. */
import { Provenance } from '@carya/contracts'
import { StoreError, type Store } from '@carya/store'
import { text } from 'node:stream/consumers'
import { patiently } from './ended-runs.ts'
import type { Provenances } from './ports.ts'

/** Bytes: its parts are bounded by those who report them. */
const MOST_BYTES = 32 * 2 ** 20

/** A file that is no provenance, or another attempt's, counts as none. */
export function provenances(store: Pick<Store, 'attempt' | 'read'>): Provenances {
  return {
    async find({ id, ensemble, index, attempts }) {
      const last = attempts.at(-1)
      if (!last) return undefined
      const { attempt, nonce } = last
      const { folder } = store.attempt({ run: id, attempt, nonce, ensemble, index })
      const found = Provenance.safeParse(await patiently(() => read(`${folder}/run.json`)))
      return found.success && found.data.run === id && found.data.nonce === nonce ? found.data : undefined
    },
  }

  async function read(path: string): Promise<unknown> {
    const { size, stream } = await store.read(path, { to: MOST_BYTES })
    if (size > MOST_BYTES) {
      stream.destroy()
      throw new StoreError('too_large', `larger than ${MOST_BYTES} bytes: ${path}`)
    }
    return JSON.parse(await text(stream))
  }
}
