/**
 * What an ensemble's line holds beside members that are tried again: those that failed and are to run again, then those
 * that have never run, from the cursor on. They have no record before they are fed, so of a million that wait none
 * costs anything.
 */
import { hasNew, isFed, type EnsembleRecord } from './ensemble-record.ts'
import { memberId } from './member.ts'
import type { Waiting } from './placement.ts'

/** A member that has no record yet. `isAgain`: it failed before, and is run again. */
export type Fresh = { ensemble: EnsembleRecord; index: number; isAgain: boolean }

/** Members of an ensemble that one round feeds at most. */
const MOST = 64
/** Rows of one ensemble that may wait for the store: some hundred bytes each, and 64 KiB where a model has many metrics. */
const MOST_UNMOVED = 5000

/**
 * The members that may come into being now, in order. `again` are the first indices that are to run again, `retries` how
 * many stand before them in the line, `out` how many are out (where that matters), `unmoved` how many rows wait to be
 * moved into the store: while it takes none, Redis must not fill with them.
 */
export function freshMembers(
  ensemble: EnsembleRecord,
  again: readonly number[],
  { retries, out, unmoved }: { retries: number; out: number; unmoved: number },
): Fresh[] {
  if (!isFed(ensemble) || unmoved >= MOST_UNMOVED) return []
  const { cursor, members = 0, maxParallel = Infinity } = ensemble
  const room = Math.max(0, Math.min(MOST, maxParallel - out - retries))
  const first = again.slice(0, room).map((index): Fresh => ({ ensemble, index, isAgain: true }))
  const count = Math.min(room - first.length, members - cursor)
  const then = Array.from({ length: count }, (_, i): Fresh => ({
    ensemble,
    index: cursor + i,
    isAgain: false,
  }))
  return [...first, ...then]
}

/** Of members tried again as many may go out as its bound on members at once leaves. */
export function retriesWithin({ maxParallel = Infinity }: EnsembleRecord, out: number): number {
  return Math.max(0, maxParallel - out)
}

/** Whether its line has nothing to offer until something happens to the ensemble or one of its members. */
export function isIdle(
  ensemble: EnsembleRecord | undefined,
  again: readonly number[],
  retries: number,
): boolean {
  if (!ensemble || !isFed(ensemble)) return true
  return retries === 0 && again.length === 0 && !hasNew(ensemble)
}

export type Advance = { before: EnsembleRecord; after: EnsembleRecord; again: number[] }

/**
 * The ensemble after members of it were fed. The cursor passes over no member, so of what is fed only what it has
 * passed counts (`isPassed`).
 */
export function advance(
  ensemble: EnsembleRecord,
  fed: readonly Fresh[],
  now: string,
): Advance & { isPassed: (fresh: Fresh) => boolean } {
  const indices = new Set(fed.filter(({ isAgain }) => !isAgain).map(({ index }) => index))
  let { cursor } = ensemble
  while (indices.has(cursor)) cursor += 1
  const again = fed.filter(({ isAgain }) => isAgain).map(({ index }) => index)
  const startedAt = ensemble.startedAt ?? now
  const after: EnsembleRecord = { ...ensemble, version: ensemble.version + 1, cursor, startedAt }
  return { before: ensemble, after, again, isPassed: ({ index, isAgain }) => isAgain || index < cursor }
}

/** A fresh member as the feed sees it. */
export function waitingMember({ ensemble, index }: Fresh): Waiting {
  const { id, cost, asks } = ensemble
  return { run: memberId(id, index), cost, faults: [], declined: [], ...(asks ? { asks } : {}) }
}
