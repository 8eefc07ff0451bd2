/** When a heartbeat is due, and what it lists. */
import { BEAT_SECONDS, MOST_LOOKUPS, type Heartbeat, type Token } from '@carya/contracts'
import { phaseOf, type AttemptState } from './attempt.ts'

export type Listed = {
  token: Token
  state: AttemptState
  progress?: number | undefined
  preparing?: string | undefined
}

const WATCHED_SECONDS = 1
const QUICKEST_SECONDS = 0.5
/** Characters of what is done for an attempt before it starts, and of how far a pull is. */
const MOST_WORDS = 200

/**
 * Seconds to the next heartbeat: a quarter of the shortest lease held, five at most, one while somebody watches: logs, or
 * how far a pull is.
 */
export function beatInterval(leases: Iterable<number>, isWatched: boolean): number {
  let seconds = isWatched ? WATCHED_SECONDS : BEAT_SECONDS
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
    ...(preparing === undefined ? {} : { preparing: shortened(preparing) }),
  }))
}

/** What a heartbeat tells of images that are pulled to be looked up; nothing where there are none. */
export function listLookups(lookups: Iterable<{ image: string; how: string }>): Pick<Heartbeat, 'lookups'> {
  const told = Array.from(lookups, ({ image, how }) => ({ image, how: shortened(how) }))
  return told.length === 0 ? {} : { lookups: told.slice(0, MOST_LOOKUPS) }
}

const shortened = (words: string): string => words.slice(0, MOST_WORDS).toWellFormed()
