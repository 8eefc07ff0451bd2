/**
 * Draining: a worker goes on with what it has and gets nothing new. An operator's wish stands in the dispatcher's record
 * of the worker, so it outlives both processes, and is told with the answer to every heartbeat until the heartbeats
 * agree (H2). From the wish on nothing is fed to the worker and no claim of its is granted (run.ts): one that has not
 * heard of it yet, perhaps because it was started again, still takes jobs.
 *
 * A worker that drains although no wish is known goes on draining: Redis may have forgotten the wish (H3).
 */
import type { Heartbeat, Order } from '@carya/contracts'

/** What an operator wishes of a worker; one that is to leave drains too, and is forgotten when it is gone (leaving.ts). */
export type Wish = 'drain' | 'resume' | 'leave'

/** What is known of a worker's draining: the wish, if there was one, and its own last word. */
export type Draining = { wish: Wish | undefined } & Pick<Heartbeat, 'draining'>

/** Whether the worker is to get no jobs. */
export function isDraining({ wish, draining }: Draining): boolean {
  return isToDrain(wish) || draining
}

/** Whether it is wished that the worker gets no jobs. */
export function isToDrain(wish: Wish | undefined): boolean {
  return wish === 'drain' || wish === 'leave'
}

/** The order that a heartbeat is answered with, where it does not agree with the wish. */
export function drainOrder({ wish, draining }: Draining): Order | undefined {
  if (wish === undefined || draining === isToDrain(wish)) return undefined
  return { do: isToDrain(wish) ? 'drain' : 'resume' }
}

/**
 * Whether the worker holds nothing and will take nothing: present where it drains. Only its own word counts. It lists a
 * job from the moment that it takes it, and takes none once it says that it drains.
 */
export function drained(known: Draining & Pick<Heartbeat, 'attempts'>): { drained?: boolean } {
  return isDraining(known) ? { drained: known.draining && known.attempts.length === 0 } : {}
}
