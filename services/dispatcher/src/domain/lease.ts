/**
 * What happens to a run when its worker is gone. A worker's heartbeats renew the leases of the attempts they list.
 * A lease has run out when the worker was silent for as long as it lasts, and lease time counts only while this
 * dispatcher listens to the broker: an outage on our side expires nothing. An expiry goes as a message through the
 * queue of reports (H6), so that a final report already waiting there is read first.
 */
import { milliseconds, type HeldAttempt, type Heartbeat, type Order, type Token } from '@carya/contracts'
import { isCurrent, stopReason, type RunRecord } from './record.ts'

/** What the dispatcher remembers of a granted attempt beside its worker. `claimedAt` is the worker's clock. */
export type Held = Token & { lease: number; claimedAt: string }

/** Attempts of a worker whose lease has run out. All times are milliseconds of one clock. */
export function expired(
  held: readonly Held[],
  lastBeat: number,
  listeningSince: number | undefined,
  now: number,
): Held[] {
  if (listeningSince === undefined) return []
  const silentSince = Math.max(lastBeat, listeningSince)
  return held.filter((attempt) => now - silentSince > attempt.lease * 1000)
}

/**
 * Attempts that the worker must hold but does not list: it lost them (its folder was wiped, its engine emptied).
 * A beat that was made before the claim cannot list it; both times are the worker's own clock.
 */
export function denied(held: readonly Held[], beat: Heartbeat): Held[] {
  const listed = new Set(beat.attempts.map((each) => `${each.run} ${each.attempt} ${each.nonce}`))
  return held.filter(
    (each) =>
      milliseconds(each.claimedAt) < milliseconds(beat.at) &&
      !listed.has(`${each.run} ${each.attempt} ${each.nonce}`),
  )
}

/**
 * The order for an attempt that a heartbeat lists (H2). A run we do not know is kept (H3): only a record that
 * names another attempt or an end can stop a model or let its result go.
 */
export function orderFor(held: HeldAttempt, worker: string, record: RunRecord | undefined): Order {
  const { run, attempt, nonce, phase } = held
  const bare = { run, attempt, nonce }
  if (!record) return { do: 'keep', ...bare }
  const owner = isCurrent(record, held) ? record.attempts.at(-1)?.worker : null
  if (owner !== undefined && owner !== worker)
    // what still runs is stopped first; its report is then answered with `settled`
    return phase === 'running' ? { do: 'stop', ...bare, reason: 'superseded' } : { do: 'settled', ...bare }
  const reason = stopReason(record)
  if (reason !== undefined) return { do: 'stop', ...bare, reason }
  return { do: 'keep', ...bare }
}
