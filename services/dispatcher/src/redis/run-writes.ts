/**
 * Which keys follow a run's record: indexes, lines, depth, due times, leases. Pure: from the record before and after a
 * change to the writes of its commit, so that no handler can forget one.
 */
import { isTerminal, milliseconds } from '@carya/contracts'
import type { OutRun } from '../domain/placement.ts'
import { endWord, rowOf } from '../domain/member.ts'
import { costOf, lineOf, stopReason, type RunRecord } from '../domain/record.ts'
import { writeRecord, type Write } from './commit.ts'
import { indexName, keys } from './keys.ts'

export type Retention = { seconds: number }

/** All writes that make `after` of `before` (undefined: a new run). */
export function runWrites(before: RunRecord | undefined, after: RunRecord, keep: Retention): Write[] {
  const isOver = after.ensemble !== undefined && isTerminal(after.state)
  const writes: Write[] = isOver
    ? memberEndWrites(after)
    : [writeRecord(keys.run(after.id), after.version, after)]
  if (after.ensemble === undefined) writes.push(...indexWrites(before, after))
  else if (!before && !isOver) writes.push(['SADD', keys.live(after.ensemble), after.index ?? 0])
  const was = before ? placeWrites(before, 'leave') : []
  const is = placeWrites(after, 'enter')
  if (JSON.stringify(before && placeOf(before)) !== JSON.stringify(placeOf(after))) writes.push(...was, ...is)
  // a run that is made again may come in as one that runs; a member that is fed was in the pool all the time
  if (!before && !(after.ensemble !== undefined && after.state === 'queued'))
    writes.push(...arrivalWrites(after))
  writes.push(...deadlineWrites(before, after), ...leaseWrites(before, after))
  if (after.ensemble === undefined && isTerminal(after.state) && !(before && isTerminal(before.state)))
    writes.push(...endWrites(after, keep))
  return writes
}

/** Of a member that has ended a bit stays, and its row until that is in the store. */
function memberEndWrites(run: RunRecord): Write[] {
  const { ensemble = '', index = 0 } = run
  return [
    ['DEL', keys.run(run.id)],
    ['SREM', keys.live(ensemble), index],
    ['SETBIT', keys.endedMembers(ensemble, 'any'), index, 1],
    ['SETBIT', keys.endedMembers(ensemble, endWord(run)), index, 1],
    ['XADD', keys.rows(ensemble), '*', 'row', JSON.stringify(rowOf(run))],
  ]
}

/** What an ended run leaves behind goes after a while. */
function endWrites(run: RunRecord, { seconds }: Retention): Write[] {
  const { id, submitter, submission, endedAt = run.createdAt } = run
  const writes: Write[] = [
    ['ZADD', keys.ended, milliseconds(endedAt), id],
    // the sweep removes it with its indexes; should that never run, the record still goes
    ['EXPIRE', keys.run(id), 2 * seconds],
  ]
  // until now it had no end: the same request again must find the run for as long as that lives
  if (submission) writes.push(['EXPIRE', keys.key(submitter, submission.kind, submission.key), seconds])
  return writes
}

/** All that stands in live sets for a run, as the writes that make it so, however it was. */
export function liveWrites(run: RunRecord): Write[] {
  const byState: Write[] = [['ZADD', keys.byState(run.state), 0, indexName(run.id)]]
  return [
    ...(run.ensemble === undefined ? byState : []),
    ...placeWrites(run, 'enter'),
    ...arrivalWrites(run),
    ...deadlineWrites(undefined, run),
    ...leaseWrites(undefined, run),
  ]
}

/** All writes that forget an ended run. */
export function forgetWrites(run: RunRecord): Write[] {
  const name = indexName(run.id)
  return [
    ['DEL', keys.run(run.id)],
    ['ZREM', keys.ended, run.id],
    ...[keys.submissions, keys.byState(run.state), ...fixedIndexes(run)].map((key): Write => [
      'ZREM',
      key,
      name,
    ]),
  ]
}

function indexWrites(before: RunRecord | undefined, after: RunRecord): Write[] {
  const name = indexName(after.id)
  if (!before)
    return [keys.submissions, keys.byState(after.state), ...fixedIndexes(after)].map((key) => [
      'ZADD',
      key,
      0,
      name,
    ])
  if (before.state === after.state) return []
  return [
    ['ZREM', keys.byState(before.state), name],
    ['ZADD', keys.byState(after.state), 0, name],
  ]
}

function fixedIndexes(run: RunRecord): string[] {
  const name = run.model.split('@')[0]!
  return [
    keys.byModel(name),
    keys.bySubmitter(run.submitter),
    ...Object.entries(run.labels).map(([label, value]) => keys.byLabel(label, value)),
  ]
}

type Place = { in: 'due' | 'line' | 'queued' | 'running' | 'nowhere'; until?: string; with?: string }

/** Where a run stands: in exactly one of these. */
function placeOf(run: RunRecord): Place {
  if (run.state === 'pending')
    return run.notBefore === undefined ? { in: 'line' } : { in: 'due', until: run.notBefore }
  if (run.state !== 'queued' && run.state !== 'running') return { in: 'nowhere' }
  // another attempt takes another worker's room
  return { in: run.state, with: run.attempts.at(-1)?.nonce ?? '' }
}

function placeWrites(run: RunRecord, way: 'enter' | 'leave'): Write[] {
  const { id, pool, submitter } = run
  const place = placeOf(run)
  const enter = way === 'enter'
  switch (place.in) {
    case 'due':
      return enter ? [['ZADD', keys.due, milliseconds(place.until!), id]] : [['ZREM', keys.due, id]]
    case 'line': {
      const name = lineOf(run)
      const line = keys.line(pool, submitter, name)
      if (!enter) return [['ZREM', line, id]]
      // a retry keeps its place: the score is the time of acceptance
      return [['ZADD', line, milliseconds(run.createdAt), id], ...lineWrites(pool, submitter, name)]
    }
    case 'queued':
    case 'running': {
      const key = place.in === 'queued' ? keys.queued(pool) : keys.running(pool)
      return enter ? [['HSET', key, id, JSON.stringify(outOf(run))]] : [['HDEL', key, id]]
    }
    case 'nowhere':
      return []
  }
}

/** A line is there, and its share. NX: one that stands already keeps its time; a new one is lifted when it is served. */
export function lineWrites(pool: string, submitter: string, name: string): Write[] {
  return [
    ['ZADD', keys.lines(pool, submitter), 'NX', 0, name],
    ['ZADD', keys.shares(pool), 'NX', 0, submitter],
    ...poolWrites(pool),
  ]
}

/** A run stands in a pool that may have been forgotten; in a line, its place says so already. */
function arrivalWrites(run: RunRecord): Write[] {
  const place = placeOf(run).in
  return place === 'queued' || place === 'running' ? poolWrites(run.pool) : []
}

/** The pool is there, and whoever has just seen it empty is wrong. */
function poolWrites(pool: string): Write[] {
  return [
    ['SADD', keys.pools, pool],
    ['HINCRBY', keys.arrivals(pool), 'version', 1],
    ['PERSIST', keys.arrivals(pool)],
    ['PERSIST', keys.pool(pool)],
  ]
}

/** What the feed must know of a run that is out: what it takes of whose room, and since when. */
function outOf(run: RunRecord): Omit<OutRun, 'run'> {
  const { queuedAt = run.createdAt, claimedAt, placed, worker } = run.attempts.at(-1) ?? {}
  const on = run.state === 'running' ? worker : placed
  const at = run.state === 'running' ? (claimedAt ?? queuedAt) : queuedAt
  return { ...costOf(run), at, ...(on === undefined ? {} : { on }) }
}

/** A deadline is watched until the run ends, or is being stopped: its worker is told so with every heartbeat. */
function deadlineWrites(before: RunRecord | undefined, after: RunRecord): Write[] {
  const was = before && watched(before)
  const is = watched(after)
  if (was === is) return []
  return [
    is === undefined
      ? ['ZREM', keys.deadlines, after.id]
      : ['ZADD', keys.deadlines, milliseconds(is), after.id],
  ]
}

function watched(run: RunRecord): string | undefined {
  return isTerminal(run.state) || stopReason(run) !== undefined ? undefined : run.deadline
}

/** The worker's list of what it holds: the lease sweep and the answer to a heartbeat read only this. */
function leaseWrites(before: RunRecord | undefined, after: RunRecord): Write[] {
  const held = heldBy(before)
  const holds = heldBy(after)
  if (!held && !holds) return []
  const writes: Write[] = []
  if (held && held.worker !== holds?.worker) writes.push(['HDEL', keys.held(held.worker), after.id])
  if (holds && JSON.stringify(held) !== JSON.stringify(holds))
    writes.push(['HSET', keys.held(holds.worker), after.id, JSON.stringify(holds.value)])
  return writes
}

function heldBy(run: RunRecord | undefined) {
  const attempt = run?.attempts.at(-1)
  if (run?.state !== 'running' || attempt?.worker === undefined) return undefined
  const value = {
    run: run.id,
    attempt: attempt.attempt,
    nonce: attempt.nonce,
    lease: run.lease,
    claimedAt: attempt.claimedAt,
    stop: stopReason(run) ?? false,
  }
  return { worker: attempt.worker, value }
}
