/**
 * What happens to a run when its worker is gone. A worker's heartbeats renew the leases of the attempts they list.
 * A lease has run out when the worker was silent for as long as it lasts, and lease time counts only while this
 * dispatcher really listens (listening.ts): an outage on our side expires nothing. An expiry goes as a message through
 * the queue of reports (H6), so that a final report already waiting there is read first; it is judged again when it is
 * read, and one that was long on its way (the broker stood still) is passed over: the next sweep says it again.
 *
 * A stale heartbeat renews nothing: the broker drops those older than three intervals, and of those that are left one
 * that a later beat of the same process has overtaken is not written. That is enough. One of an earlier process of the
 * worker may still come late, by less than three intervals; it makes an expiry later by that, never earlier. And what
 * it lists was true of the worker then: an attempt that was given to another since has another nonce.
 */
import { milliseconds, type HeldAttempt, type Heartbeat, type Order, type Token } from '@carya/contracts'
import { hasReported, isCurrent, stopReason, type RunRecord } from './record.ts'
import { isAhead, mayStop } from './recovery.ts'

/** What the dispatcher remembers of a granted attempt beside its worker. `claimedAt`: last, by the worker's clock. */
export type Held = Token & { lease: number; claimedAt: string }

/** Clocks of two dispatchers differ by less; a beat from further ahead was written before the clock was put back. */
const SKEW_MS = 2000

/** Attempts of a worker whose lease has run out. All times are milliseconds of one clock. */
export function expired<H extends Held>(
  held: readonly H[],
  lastBeat: number,
  listeningSince: number | undefined,
  now: number,
): H[] {
  if (listeningSince === undefined) return []
  const heard = lastBeat > now + SKEW_MS ? listeningSince : lastBeat
  const silentSince = Math.max(heard, listeningSince)
  return held.filter((attempt) => now - silentSince > attempt.lease * 1000)
}

/**
 * For how long a worker was silent while it would have been heard: the time in which nobody listened, from
 * `deafSince` to `since`, is left out. `since` is undefined while nobody listens. Milliseconds of one clock.
 */
export function silence(lastBeat: number, since: number | undefined, deafSince: number, now: number): number {
  if (since === undefined) return Math.max(0, deafSince - lastBeat)
  if (lastBeat > now + SKEW_MS) return now - since
  if (lastBeat >= since) return Math.max(0, now - lastBeat)
  return Math.max(0, deafSince - lastBeat) + (now - since)
}

/** An expiry that took this long from the sweep to here, in milliseconds, says nothing of the worker any more. */
const LONG_UNDER_WAY_MS = 2000

/** Whether an expiry is to be judged at all. `at` is when the sweep published it, by the same clock as `now`. */
export function isTimely(at: number, now: number): boolean {
  return Math.abs(now - at) <= LONG_UNDER_WAY_MS
}

/**
 * Attempts that the worker must hold but does not list: it lost them (its folder was wiped, its engine emptied).
 * A beat that was made before the (latest) claim cannot list it; both times are the worker's own clock.
 */
export function denied(held: readonly Held[], beat: Pick<Heartbeat, 'at' | 'attempts'>): Held[] {
  const listed = new Set(beat.attempts.map((each) => `${each.run} ${each.attempt} ${each.nonce}`))
  return held.filter(
    (each) =>
      milliseconds(each.claimedAt) < milliseconds(beat.at) &&
      !listed.has(`${each.run} ${each.attempt} ${each.nonce}`),
  )
}

/**
 * The order for an attempt that a heartbeat lists (H2). A run we do not know is kept (H3): only a record that
 * names another attempt or an end can stop a model or let its result go, and one that is older than the attempt never.
 */
export function orderFor(
  held: HeldAttempt,
  worker: string,
  record: RunRecord | undefined,
  isRecovering = false,
): Order {
  const { run, attempt, nonce, phase } = held
  const bare = { run, attempt, nonce }
  // from what its host says the record is made again, or brought forward
  if (!record || isAhead(record, held)) return { do: 'keep', ...bare, tell: true }
  if (!mayStop(record, held, isRecovering)) return { do: 'keep', ...bare }
  const owner = isCurrent(record, held) ? record.attempts.at(-1)?.worker : null
  if (owner !== undefined && owner !== worker) {
    // what still runs is stopped first; its report is then answered with `settled`. Reports and heartbeats come by two
    // queues: of an attempt whose report was read, a beat that says it runs was overtaken
    const runs = phase === 'running' && !hasReported(record, held, worker)
    return runs ? { do: 'stop', ...bare, reason: 'superseded' } : { do: 'settled', ...bare }
  }
  const reason = stopReason(record)
  if (reason !== undefined) return { do: 'stop', ...bare, reason }
  return { do: 'keep', ...bare }
}
