/**
 * Whether a job is nowhere: its run is said to be queued, but the broker no longer has the message (purged, expired,
 * its queue deleted). The broker tells how many messages wait, not whose; so of a queue that has fewer than there are
 * runs waiting in it, at two looks one after the other, all the runs that stood in it both times get another job.
 * That costs them nothing: an attempt that nobody was granted is not counted, and a message that was there after all
 * has a token from the past, whose claim is refused.
 */
import { poolQueue, workerQueue } from '@carya/contracts'
import type { OutRun } from './placement.ts'

/** Runs of a queue that waited in it for longer than the grace, by run, and since when. */
export type Waiting = ReadonlyMap<string, ReadonlyMap<string, string>>

/** The runs by the queue that their jobs went to; one fed within the grace may still be on its way. */
export function waitingIn(pool: string, queued: readonly OutRun[], before: string): Waiting {
  const waiting = new Map<string, Map<string, string>>()
  for (const { run, at, on } of queued) {
    if (at > before) continue
    const queue = on === undefined ? poolQueue(pool) : workerQueue(pool, on)
    waiting.set(queue, (waiting.get(queue) ?? new Map<string, string>()).set(run, at))
  }
  return waiting
}

/** The queues that lack a message: `counts` are the messages ready in each, undefined where there is no such queue. */
export function short(waiting: Waiting, counts: ReadonlyMap<string, number | undefined>): Waiting {
  return new Map([...waiting].filter(([queue, runs]) => (counts.get(queue) ?? 0) < runs.size))
}

/** The runs whose job is taken for lost: fed once, and in a queue that was short at both looks. */
export function lostJobs(last: Waiting, now: Waiting): string[] {
  return [...now].flatMap(([queue, runs]) =>
    [...runs].filter(([run, at]) => last.get(queue)?.get(run) === at).map(([run]) => run),
  )
}
