/**
 * The life of a run: the one function that decides what an event does to it.
 *
 * Invariants, whatever the order, number and delay of the events:
 * - a terminal state is never left, and there is one winning attempt at most;
 * - only the current attempt's token moves a run; a report with another token changes nothing and is answered
 *   with an order that lets its sender let go (`settled`, `refused`), since a record names another attempt or an end.
 *   The one exception is an attempt from a time that Redis has forgotten (found.ts);
 * - an event applied twice gives the same record, no second effect but an answer to who asked.
 */
import {
  later,
  milliseconds,
  type Failure,
  type Finished,
  type HeldReport,
  type RunView,
  type Token,
} from '@carya/contracts'
import { change, grant, letGo, next, refuse, withLast, type Decision } from './decision.ts'
import { cancel, cancelled, fail, finish, miss, type At } from './ending.ts'
import { asIfHeld, find, isOlder } from './found.ts'
import { endAsStored } from './recovery.ts'
import { costOf, isCurrent, stopReason, takenUp, type AttemptRecord, type RunRecord } from './record.ts'
import { backOff, PATIENCE, type Patience } from './retry.ts'

/** How many declines are remembered, and how much of each reason, in characters. */
const DECLINES = 8
const REASON = 500

export type { Decision, Effect } from './decision.ts'

export type RunEvent =
  | { type: 'fed'; nonce: string; /** the worker whose own queue the job goes to */ placed?: string }
  | {
      type: 'claimed'
      token: Token
      worker: string
      /** the worker's clock */
      at: string
      /** it is to take no jobs: a new one is not granted */
      isDraining?: boolean
    }
  | { type: 'started'; token: Token; worker: string; container: string; startedAt: string }
  | { type: 'finished'; report: Finished }
  | { type: 'declined'; token: Token; worker: string; reason: string }
  | { type: 'lost'; token: Token; failure: Failure }
  | { type: 'job lost'; token: Token }
  | { type: 'due' }
  | { type: 'deadline' }
  | { type: 'cancel' }
  /** a worker holds an attempt that the record does not know: Redis was put back (H3) */
  | { type: 'found'; held: HeldReport }
  /** the store says that it has ended: Redis was put back (H4) */
  | { type: 'ended in store'; stored: RunView }

/** What an event does to a run. `now` is RFC 3339 in UTC; `random` in [0, 1) spreads retries. */
export function decide(
  run: RunRecord,
  event: RunEvent,
  now: string,
  random: number,
  patience: Patience = PATIENCE,
): Decision {
  const at: At = { now, random, patience }
  switch (event.type) {
    case 'fed':
      return feed(run, event.nonce, event.placed, now)
    case 'claimed':
      return claim(run, event)
    case 'started':
      return start(run, event)
    case 'finished':
      return finish(isOlder(run, event.report) ? asIfHeld(run, event.report) : run, event.report, at)
    case 'declined':
      return decline(run, event, at)
    case 'lost':
      return isCurrent(run, event.token) && run.state === 'running'
        ? fail(run, { finishedAt: now }, event.failure, at)
        : refuse('the attempt is not the current one')
    case 'job lost':
      return isCurrent(run, event.token) && run.state === 'queued'
        ? change(backToPending(run, now))
        : refuse('the attempt is not waiting in a queue')
    case 'due': {
      if (run.state !== 'pending' || run.notBefore === undefined || run.notBefore > now)
        return refuse('its time has not come')
      const { notBefore, ...rest } = run
      void notBefore
      return { run: next(rest), effects: [] }
    }
    case 'deadline':
      return miss(run, now)
    case 'cancel':
      return cancel(run, now)
    case 'found':
      return find(run, event.held)
    case 'ended in store':
      return endAsStored(run, event.stored)
  }
}

function feed(run: RunRecord, nonce: string, placed: string | undefined, now: string): Decision {
  if (run.state !== 'pending') return refuse(`the run is ${run.state}`)
  const attempt = run.lastAttempt + 1
  const { notBefore, ...rest } = run
  void notBefore
  const { memory } = costOf(run)
  const fed = {
    attempt,
    nonce,
    queuedAt: now,
    ...(placed === undefined ? {} : { placed }),
    ...(memory > run.resources.memory ? { memory } : {}),
  }
  return {
    run: next({ ...rest, state: 'queued', lastAttempt: attempt, attempts: [...run.attempts, fed] }),
    effects: [{ kind: 'job' }, { kind: 'changed' }],
  }
}

function claim(run: RunRecord, event: Extract<RunEvent, { type: 'claimed' }>): Decision {
  const { token, worker, at, isDraining } = event
  if (!isCurrent(run, token)) return refuse(`the run is ${run.state}`, letGo(worker, 'refused', token, run))
  const current = run.attempts.at(-1)!
  const granted = grant(run, token, worker)
  if (run.state === 'running') {
    if (current.worker !== worker)
      return refuse(`owned by ${current.worker}`, letGo(worker, 'refused', token, run))
    if (!isTakenUpAnew(current, at)) return refuse('granted already', granted)
    return { run: next({ ...run, attempts: withLast(run, { claimedAt: at }) }), effects: [granted] }
  }
  if (isDraining) {
    const back = backToPending(run, undefined)
    return { run: next(back), effects: [letGo(worker, 'refused', token, back), { kind: 'changed' }] }
  }
  const attempts = withLast(run, { worker, claimedAt: at })
  return {
    run: next({ ...takenUp(run), state: 'running', attempts }),
    effects: [granted, { kind: 'changed' }],
  }
}

/**
 * Whether the worker has claimed it again, before it started: it may have been restarted with the job in hand. What it
 * said before that claim cannot list the attempt, and comes by another queue, so perhaps later (`denied` in lease.ts).
 */
function isTakenUpAnew({ startedAt, claimedAt }: AttemptRecord, at: string): boolean {
  return startedAt === undefined && claimedAt !== undefined && milliseconds(claimedAt) < milliseconds(at)
}

function start(run: RunRecord, event: Extract<RunEvent, { type: 'started' }>): Decision {
  const current = run.attempts.at(-1)
  if (!isCurrent(run, event.token) || current?.worker !== event.worker)
    return refuse('the attempt is not the current one')
  if (current.startedAt !== undefined) return refuse('known already')
  const { container, startedAt } = event
  const attempts = withLast(run, { container, startedAt })
  return { run: next({ ...run, startedAt: run.startedAt ?? startedAt, attempts }), effects: [] }
}

function decline(run: RunRecord, event: Extract<RunEvent, { type: 'declined' }>, at: At): Decision {
  const { now, random } = at
  const { token, worker, reason } = event
  const current = run.attempts.at(-1)
  if (!isCurrent(run, token) || (current?.worker !== undefined && current.worker !== worker))
    return refuse('the attempt is not the current one')
  const declined = [...(run.declined ?? []), { worker, at: now, reason: reason.slice(0, REASON) }].slice(
    -DECLINES,
  )
  // it goes elsewhere at once; who is declined again waits longer each time, so that no job goes round and round
  const again = declined.length > 1 ? later(now, backOff(declined.length - 1, random)) : undefined
  const { isPaid, ...unpaid } = backToPending(run, again)
  // one that goes round and round pays for each turn that it takes from others
  const back: RunRecord = { ...unpaid, declined, ...(declined.length < DECLINES ? { isPaid } : {}) }
  switch (stopReason(run)) {
    case 'cancelled':
      return cancelled(run, now)
    case 'deadline':
      return miss(back, now)
    case undefined:
      return change(back)
  }
}

/** Back in the line without a trace of the attempt: its number stays spent, so that its token never comes again. */
function backToPending(run: RunRecord, notBefore: string | undefined): RunRecord {
  const back: RunRecord = { ...run, state: 'pending', attempts: run.attempts.slice(0, -1), isPaid: true }
  return notBefore === undefined ? back : { ...back, notBefore }
}
