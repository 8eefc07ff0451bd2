/**
 * Tells the dispatcher all that is known here of an attempt that no record knows (H3), so that its record can be made
 * again. It is asked with the answer to every heartbeat until it knows, and told every few seconds at most.
 */
import type { HeldReport } from '@carya/contracts'
import { phaseOf } from '../domain/attempt.ts'
import type { Clock, Preparation, Reports } from '../ports.ts'
import type { Held } from './held.ts'

export type TellHeldParts = { worker: string; preparation: Preparation; reports: Reports; clock: Clock }
export type TellHeld = (held: Held) => Promise<void>

const AGAIN_MS = 3_000

export function tellHeld({ worker, preparation, reports, clock }: TellHeldParts): TellHeld {
  return async (held) => {
    const now = performance.now()
    if (held.toldAt !== undefined && now - held.toldAt < AGAIN_MS) return
    held.toldAt = Infinity // while its file is read, which may take as long as the store takes
    try {
      const job = held.job ?? (await preparation.jobOf(held.token))
      const report = reportOf(held, worker, clock.now())
      const whole = job === undefined ? report : { ...report, job }
      if ((await reports.publish(whole)) === 'too large') await reports.publish(report)
    } finally {
      held.toldAt = performance.now()
    }
  }
}

function reportOf({ container, startedAt, state, token }: Held, worker: string, at: string): HeldReport {
  return {
    v: 1,
    kind: 'held',
    worker,
    at,
    ...token,
    phase: phaseOf(state),
    ...(container === undefined ? {} : { container }),
    ...(startedAt === undefined ? {} : { startedAt }),
  }
}
