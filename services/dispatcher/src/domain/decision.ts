/** What an event can do to a run, and the words that every decision is put together from. */
import type { Order, Token } from '@carya/contracts'
import { isCurrent, type AttemptRecord, type RunRecord } from './record.ts'

/** What else must happen, in the same commit or because of it. */
export type Effect =
  | { kind: 'job' }
  | { kind: 'order'; worker: string; order: Order }
  | { kind: 'changed' }
  | { kind: 'ended' }

export type Decision = { run: RunRecord; effects: Effect[] } | { refused: string; effects: Effect[] }

/** The record with the next version: each decision that changes a run gives it exactly one. */
export function next(run: RunRecord): RunRecord {
  return { ...run, version: run.version + 1 }
}

/** The run has another state. */
export function change(run: RunRecord): Decision {
  return { run: next(run), effects: [{ kind: 'changed' }] }
}

/** The run has ended. */
export function end(run: RunRecord, ...effects: Effect[]): Decision {
  return { run: next(run), effects: [...effects, { kind: 'changed' }, { kind: 'ended' }] }
}

/** Nothing changes; who asked may still be answered. */
export function refuse(reason: string, ...effects: Effect[]): Decision {
  return { refused: reason, effects }
}

/** The attempts with more known of the last one. */
export function withLast(run: RunRecord, more: Partial<AttemptRecord>): AttemptRecord[] {
  const last = run.attempts.at(-1)
  return last ? [...run.attempts.slice(0, -1), { ...last, ...more }] : run.attempts
}

/** An order that lets its receiver go of the attempt. */
export function letGo(worker: string, word: 'settled' | 'refused', token: Token, run: RunRecord): Effect {
  const order: Order =
    word === 'settled'
      ? { do: 'settled', ...bare(token) }
      : { do: 'refused', ...bare(token), reason: `the run is ${run.state}`, unused: isUnused(run, token) }
  return { kind: 'order', worker, order }
}

/**
 * Whether nobody was granted an attempt, or ever will be. Its folder is the same for all who were given its job, for a
 * job may come twice: only of such an attempt may one who is refused clear it away.
 */
function isUnused(run: RunRecord, { attempt, nonce }: Token): boolean {
  if (isCurrent(run, { run: run.id, attempt, nonce }) || attempt > run.lastAttempt) return false
  return run.attempts.every((each) => each.nonce !== nonce || each.worker === undefined)
}

/** Tells the worker that it owns the attempt. */
export function grant(run: RunRecord, token: Token, worker: string): Effect {
  return { kind: 'order', worker, order: { do: 'granted', ...bare(token), lease: run.lease } }
}

/** Only the token's own fields: a report that is spread into an order would carry the whole report. */
function bare({ run, attempt, nonce }: Token): Token {
  return { run, attempt, nonce }
}
