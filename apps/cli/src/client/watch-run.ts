/** Follows one run to its end. */
import type { RunView } from '@carya/contracts'
import type { Client } from './client.ts'
import { watch, type Heard, type WatchOptions } from './watch.ts'

export type WatchedRun = { kind: 'run'; run: RunView; ended: boolean } | Heard

export type WatchRunOptions = WatchOptions & {
  /** Log lines too, from this byte on; asked anew at each connection. */
  logsFrom?: () => number
}

const ENDS: readonly string[] = ['succeeded', 'failed', 'cancelled']

/** Ends behind the one `run` that is `ended`; throws as `watch` does. */
export function watchRun(client: Client, id: string, options: WatchRunOptions): AsyncGenerator<WatchedRun> {
  return watch(
    client,
    {
      query: () => ({ run: id, logs: options.logsFrom?.() }),
      async read(signal) {
        const run = await client.json<RunView>(`/v1/runs/${id}`, { signal })
        return { kind: 'run', run, ended: ENDS.includes(run.state) } as const
      },
      tellsEnd: (item) => item.kind === 'state' && ENDS.includes(item.event.data.state),
    },
    options,
  )
}
