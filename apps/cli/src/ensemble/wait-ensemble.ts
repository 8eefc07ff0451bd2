/** Waits for an ensemble's end and shows how far it is. */
import type { EnsembleView, WorkerList } from '@carya/contracts'
import { pathOf, type Client } from '../client/client.ts'
import { watchEnsemble } from '../client/watch-ensemble.ts'
import { patienceFor } from '../commands/patience.ts'
import { printJson } from '../terminal/streams.ts'
import { drawEnsemble } from './draw-ensemble.ts'
import { slotsOf, type Slots } from './slots.ts'

const TICK_MS = 1000
/** Slots change seldom, and looking must not slow the work. */
const SLOTS_MS = 15_000

/** The ended ensemble. With `json`, each thing that happens is printed as an object a line; else progress goes to stderr. */
export async function waitForEnsemble(
  client: Client,
  id: string,
  { json = false, timeout }: { json?: boolean | undefined; timeout?: number | undefined },
): Promise<EnsembleView> {
  using patience = patienceFor(id, timeout)
  // awaited here: the patience ends with this function
  return json ? await follow(client, id, patience.signal) : await followDrawn(client, id, patience.signal)
}

async function follow(client: Client, id: string, signal: AbortSignal): Promise<EnsembleView> {
  for await (const seen of watchEnsemble(client, id, { signal })) {
    if (seen.kind === 'item') printJson(seen.item, 'line')
    if (seen.kind === 'ensemble' && seen.ended) return seen.ensemble
  }
  throw new Error('the stream of an ensemble ended before the ensemble')
}

async function followDrawn(client: Client, id: string, signal: AbortSignal): Promise<EnsembleView> {
  const drawing = drawEnsemble(id)
  using clocks = new DisposableStack()
  clocks.adopt(setInterval(drawing.tick, TICK_MS), clearInterval)
  let looking = false
  try {
    for await (const seen of watchEnsemble(client, id, { signal })) {
      drawing.see(seen)
      if (seen.kind !== 'ensemble') continue
      if (seen.ended) {
        clocks.dispose()
        drawing.end(seen.ensemble)
        return seen.ensemble
      }
      if (looking) continue
      looking = true
      const look = () =>
        void slotsFor(client, seen.ensemble, signal).then((slots) => slots && drawing.slots(slots))
      look()
      clocks.adopt(setInterval(look, SLOTS_MS), clearInterval)
    }
  } catch (error) {
    clocks.dispose()
    drawing.detach()
    throw error
  }
  throw new Error('the stream of an ensemble ended before the ensemble')
}

/** The slots of its pool; undefined where they cannot be told now. */
async function slotsFor(
  client: Client,
  { pool, resources }: EnsembleView,
  signal: AbortSignal,
): Promise<Slots | undefined> {
  try {
    const { items } = await client.json<WorkerList>(pathOf('/v1/workers', { pool, limit: 500 }), { signal })
    return slotsOf(items, resources)
  } catch {
    // the watch says what is wrong with the service
    return undefined
  }
}
