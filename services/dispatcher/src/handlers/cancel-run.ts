/** Cancels a run wherever it is; of an ended one it tells the end and changes nothing. */
import {
  badRequest,
  CancelRequest,
  errorsOf,
  problem,
  type CancelAccepted,
  type Problem,
} from '@carya/contracts'
import type { RunStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'

export type CancelRun = (body: unknown) => Promise<{ accepted: CancelAccepted } | { rejected: Problem }>

export function cancelRun(parts: { runs: RunStore; change: ChangeRun }): CancelRun {
  return async (body) => {
    const parsed = CancelRequest.safeParse(body)
    if (!parsed.success) return { rejected: badRequest(errorsOf(parsed.error, body)) }
    const { id } = parsed.data
    const decision = await parts.change(id, { type: 'cancel' })
    if (decision === 'unknown')
      return { rejected: problem(404, 'not-found', 'No such run', `there is no run ${id}`) }
    const state = 'run' in decision ? decision.run.state : (await parts.runs.read(id))?.state
    return { accepted: { v: 1, id, state: state ?? 'cancelled', changed: 'run' in decision } }
  }
}
