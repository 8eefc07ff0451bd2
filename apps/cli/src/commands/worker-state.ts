/** What a worker is doing, in few words. */
import type { WorkerView } from '@carya/contracts'

/** Its state; of one that drains also how many runs it has left: `draining, 3 left`, `draining, empty`. */
export function workerState({ state, attempts, drained }: WorkerView): string {
  if (drained === undefined) return state
  // it goes on draining when it is back
  if (state === 'lost') return 'lost, drained'
  if (drained) return 'draining, empty'
  // it may have taken one before it heard that it drains
  return attempts === 0 ? 'draining' : `draining, ${attempts} left`
}
