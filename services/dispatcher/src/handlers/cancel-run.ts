/** Cancels a run or an ensemble wherever it is; of an ended one it tells the end and changes nothing. */
import {
  badRequest,
  CancelRequest,
  EnsembleId,
  errorsOf,
  problem,
  type CancelAccepted,
  type Problem,
} from '@carya/contracts'
import type { EndedRuns, RunStore } from '../ports.ts'
import type { AskEnsemble } from './change-ensemble.ts'
import type { ChangeRun } from './change-run.ts'

export type CancelRun = (body: unknown) => Promise<{ accepted: CancelAccepted } | { rejected: Problem }>

export type CancelParts = {
  runs: RunStore
  ended: EndedRuns
  change: ChangeRun
  cancelEnsemble: AskEnsemble['cancel']
}

export function cancelRun({ runs, ended, change, cancelEnsemble }: CancelParts): CancelRun {
  return async (body) => {
    const parsed = CancelRequest.safeParse(body)
    if (!parsed.success) return { rejected: badRequest(errorsOf(parsed.error, body)) }
    const { id } = parsed.data
    if (EnsembleId.safeParse(id).success) return cancelEnsemble(id)
    const decision = await change(id, { type: 'cancel' })
    if (decision === 'unknown') {
      // ended longer ago than records are kept
      const stored = await ended.find(id)
      if (stored) return { accepted: { v: 1, id, state: stored.state, changed: false } }
      return { rejected: problem(404, 'not-found', 'No such run', `there is no run ${id}`) }
    }
    const state = 'run' in decision ? decision.run.state : (await runs.read(id))?.state
    return { accepted: { v: 1, id, state: state ?? 'cancelled', changed: 'run' in decision } }
  }
}
