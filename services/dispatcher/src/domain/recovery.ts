/**
 * When Redis has forgotten (H4): it was emptied, put back to an older time, or is another one.
 *
 * Every commit has the next number of one sequence, and messages carry it, so that a number seen anywhere that is
 * higher than the one Redis holds tells of it; so does an attempt on a host whose number no record has given out.
 *
 *   sound ──a higher number seen──▶ recovering ──every worker could beat, every live run was looked up──▶ sound
 *
 * While it recovers nothing is fed or expired, no retention runs, no new run is taken (its key may be one that was
 * forgotten), and a model is stopped only by a record that names an end or a later attempt. Meanwhile heartbeats bring
 * what the hosts hold, from which records are made again (found.ts), and the store tells which runs have ended
 * (`run.json`): those are ended here too and not run again. What neither host nor store has is lost, and told.
 *
 * An attempt's number may be given out twice, once in the forgotten time. Its nonce tells the two apart, as it does
 * any two attempts (H5); a record is brought forward to a host's attempt only by a higher number, so of two with one
 * number the record's own stands.
 */
import {
  isTerminal,
  milliseconds,
  MOST_MEMBERS,
  MOST_SEQ,
  sameAttempt,
  type HeldAttempt,
  type HeldReport,
  type Job,
  type RunView,
} from '@carya/contracts'
import { end, grant, refuse, type Decision, type Effect } from './decision.ts'
import { isOlder } from './found.ts'
import { recordOf } from './job.ts'
import { memberOf } from './member.ts'
import { isCurrent, type RunRecord } from './record.ts'

/** Times in RFC 3339. `until` is absent while it goes on. */
export type RecoveryRecord = {
  version: number
  since: string
  until?: string
  seen: number
  held: number
  rebuilt: number
  ended: number
  lost: string[]
}

/** What Redis says of itself: its sequence, and whether the mark of our layout is there. */
export type RedisFound = { seq: number; hasLayout: boolean }

/** Whether Redis has forgotten what somebody has seen. `seen` was learnt before Redis was asked. */
export function isPutBack(seen: number, { seq, hasLayout }: RedisFound): boolean {
  return seq < seen || (seen > 0 && !hasLayout)
}

/** Commits that may have been made while nobody told us of them: a day of more than ten thousand a second. */
const MOST_AHEAD = 1e9

/**
 * Whether a number that a worker says it has seen can be true. What is believed becomes part of the sequence for good
 * (it goes on above), and whoever has one worker's password may say any number. So none is believed
 *
 * - that lies further ahead of what we know ourselves than commits can have been made meanwhile: this process asks
 *   Redis every second, and one that starts reads in the store what the last one knew;
 * - above half of what a heartbeat may say, however often it is tried: the sequence would come to where the beats of
 *   all workers are refused, and every lease runs out.
 *
 * Little is lost by not believing: attempts on hosts that no record gave out (`isAhead`) tell of a Redis that was put
 * back, too.
 */
export function isBelieved(seq: number, known: number): boolean {
  return seq <= known || seq <= Math.min(known + MOST_AHEAD, MOST_SEQ / 2)
}

/** Whether a host's attempt proves that Redis was put back: no record gives out a number before its commit. */
export function isAhead(record: RunRecord | undefined, held: HeldAttempt): boolean {
  return record !== undefined && isOlder(record, held)
}

/** Whether an earlier recovery is why a host's attempt is not known: it was fed before. Without a time it may be. */
export function isExplained(earlier: Pick<RecoveryRecord, 'since'>, queuedAt: string | undefined): boolean {
  return queuedAt === undefined || milliseconds(queuedAt) <= milliseconds(earlier.since)
}

/**
 * Whether a recovery may end. `listeningSince` in milliseconds, undefined while workers are not heard: all of them
 * must have had the time to beat.
 */
export function mayEnd(
  recovery: Pick<RecoveryRecord, 'since'>,
  listeningSince: number | undefined,
  now: number,
  seconds: number,
): boolean {
  if (listeningSince === undefined) return false
  return now - Math.max(milliseconds(recovery.since), listeningSince) >= seconds * 1000
}

/**
 * The record of a run that Redis does not know, from the job that its worker kept; ended, where the store says so.
 * Refused where there is no job, or another attempt's.
 */
export function madeAgain(held: HeldReport, stored: RunView | undefined): Decision {
  const { job } = held
  if (!job) return refuse('the job that its host kept is gone')
  if (!sameAttempt(job, held)) return refuse('the job that its host kept is of another attempt')
  if (!isWhole(job)) return refuse('the job that its host kept is of no such member')
  const { submission, ...made } = recordOf(job, held)
  const run: RunRecord = { ...made, ...(isSubmission(submission) ? { submission } : {}) }
  if (stored) return endAsStored(run, stored)
  const effects: Effect[] = held.phase === 'claimed' ? [grant(run, held, held.worker)] : []
  return { run, effects: [...effects, { kind: 'changed' }] }
}

/** It comes from a host, and a member's index becomes a place in sets of bits: it must be its id's, and one there can be. */
function isWhole({ run, ensemble, index }: Job): boolean {
  const member = memberOf(run)
  if (!member) return ensemble === undefined
  return member.ensemble === ensemble && member.index === index && member.index < MOST_MEMBERS
}

/** It comes from a host: only what is of the right form names a key. */
function isSubmission(value: unknown): value is NonNullable<RunRecord['submission']> {
  if (typeof value !== 'object' || value === null) return false
  const { kind, key, body }: { kind?: unknown; key?: unknown; body?: unknown } = value
  return (kind === 'key' || kind === 'message') && typeof key === 'string' && typeof body === 'string'
}

/** What of a recovery cannot be made again, in words for the operator. `models`: how many are registered now. */
export function lossOf({ seen, held }: Pick<RecoveryRecord, 'seen' | 'held'>, models: number): string[] {
  const count = seen - held
  const some = count > 0 ? `${count} commits, ${held + 1} to ${seen}` : 'commits, nobody knows how many'
  const commits = held === 0 ? `all commits up to ${seen}` : some
  const which =
    models === 0 ? 'no model is registered any more' : 'models registered in that time are forgotten'
  return [
    `${commits}: runs accepted in that time and not yet fed are forgotten; submit them again with their keys`,
    `${which}: register them again (carya model add FILE)`,
  ]
}

/**
 * A run that the store says has ended, although its record does not: the record becomes that end, and those who asked
 * are told again. Its version is that of the end when it was first told, if that is known, so that a double shows.
 */
export function endAsStored(run: RunRecord, stored: RunView): Decision {
  if (run.endedAt !== undefined) return refuse(`the run is ${run.state} already`)
  if (stored.id !== run.id || !isTerminal(stored.state) || stored.endedAt === undefined)
    return refuse('the store does not say that it has ended')
  const { notBefore, ...rest } = run
  void notBefore
  const { version, ...view } = stored
  const told = typeof version === 'number' ? version - 1 : 0
  const attempts = [...stored.attempts]
  const last = attempts.at(-1)?.attempt ?? 0
  return end({
    ...rest,
    ...view,
    resources: run.resources,
    lease: run.lease,
    attempts,
    lastAttempt: Math.max(run.lastAttempt, last),
    version: Math.max(run.version, told),
  })
}

/** While Redis is recovered only a later attempt or an end stops what a host holds: what else is on record may be old. */
export function mayStop(record: RunRecord, held: HeldAttempt, isRecovering: boolean): boolean {
  if (record.endedAt !== undefined) return true
  if (isOlder(record, held)) return false
  return !isRecovering || isCurrent(record, held) || record.lastAttempt > held.attempt
}

/** Seconds within which a worker must have beaten, before the last beat that Redis knows of any, to be waited for. */
const AWAITED_SECONDS = 3600

/** Workers whose beat is awaited when a dispatcher starts: those that were there when Redis last heard of any. */
export function awaited(workers: readonly { name: string; lastBeat: number }[]): string[] {
  const newest = Math.max(0, ...workers.map((worker) => worker.lastBeat))
  return workers
    .filter((worker) => worker.lastBeat >= newest - AWAITED_SECONDS * 1000)
    .map((worker) => worker.name)
}
