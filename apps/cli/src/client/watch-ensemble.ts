/** Follows one ensemble to its end. */
import type { EnsembleView } from '@carya/contracts'
import type { Client } from './client.ts'
import { watch, type Heard, type WatchOptions } from './watch.ts'

export type WatchedEnsemble = { kind: 'ensemble'; ensemble: EnsembleView; ended: boolean } | Heard

const LOOK_MS = 30_000
const GOING_ON: readonly string[] = ['checking', 'running', 'paused']

/** Whether it is in a state that it leaves only when its failed members are run again. */
export const hasEnded = ({ state }: { state: string }): boolean => !GOING_ON.includes(state)

/** Ends behind the one `ensemble` that is `ended`; throws as `watch` does. */
export function watchEnsemble(
  client: Client,
  id: string,
  options: WatchOptions,
): AsyncGenerator<WatchedEnsemble> {
  return watch(
    client,
    {
      query: () => ({ ensemble: id }),
      async read(signal) {
        const ensemble = await client.json<EnsembleView>(`/v1/ensembles/${id}`, { signal })
        return { kind: 'ensemble', ensemble, ended: hasEnded(ensemble) } as const
      },
      tellsEnd: (item) => item.kind === 'ensemble' && hasEnded(item),
      // how far it is is told after it is so: a service that is killed in between tells nobody
      lookMs: LOOK_MS,
    },
    options,
  )
}
