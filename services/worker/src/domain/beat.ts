/** When a heartbeat is due, and what it lists. */
import { BEAT_SECONDS, type Heartbeat, type Token } from '@carya/contracts'
import { phaseOf, type AttemptState } from './attempt.ts'

export type Listed = {
  token: Token
  state: AttemptState
  progress?: number | undefined
  preparing?: string | undefined
}

const TAIL_SECONDS = 1
const QUICKEST_SECONDS = 0.5
/** Characters of what is done for an attempt before it starts. */
const MOST_WORDS = 200

/** Seconds to the next heartbeat: a quarter of the shortest lease held, five at most, one while logs are watched. */
export function beatInterval(leases: Iterable<number>, isTailing: boolean): number {
  let seconds = isTailing ? TAIL_SECONDS : BEAT_SECONDS
  for (const lease of leases) seconds = Math.min(seconds, lease / 4)
  return Math.max(QUICKEST_SECONDS, seconds)
}

/** The attempts as a heartbeat lists them: all that the dispatcher has not let go. */
export function listAttempts(held: Iterable<Listed>): Heartbeat['attempts'] {
  return Array.from(held, ({ token: { run, attempt, nonce }, state, progress, preparing }) => ({
    run,
    attempt,
    nonce,
    phase: phaseOf(state),
    ...(progress === undefined ? {} : { progress }),
    ...(preparing === undefined ? {} : { preparing: preparing.slice(0, MOST_WORDS).toWellFormed() }),
  }))
}
