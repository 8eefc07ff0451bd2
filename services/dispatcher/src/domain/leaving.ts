/**
 * When a worker is forgotten: its record, its wish and its own queue. Only one that is lost and holds nothing, neither a
 * run that it was granted nor one that was placed on it, so that no lease and no job is lost with it; what its queue
 * still has are jobs that were taken back. It goes when an operator asks, or by itself after the time that ended runs
 * are kept. One that comes back all the same is a new one with its next heartbeat.
 */
import { problem, type Problem, type WorkerView } from '@carya/contracts'
import type { Wish } from './drain.ts'

/** Why a worker cannot be forgotten now. `holds`: runs that it was granted, or that are placed on it. */
export function keeps(
  { name, state, lastBeatAt }: Pick<WorkerView, 'name' | 'state' | 'lastBeatAt'>,
  holds: number,
): Problem | undefined {
  if (state !== 'lost')
    return problem(
      409,
      'worker-there',
      `The worker ${name} is there`,
      `it was heard at ${lastBeatAt}: stop it on its host, and try again when it counts as lost`,
    )
  if (holds === 0) return undefined
  return problem(
    409,
    'worker-holds-runs',
    `The worker ${name} holds ${holds === 1 ? '1 run' : `${holds} runs`}`,
    'it is lost: they go to other workers when their leases have run out',
  )
}

/** Whether a worker is to be forgotten, if it holds nothing. Times in milliseconds of one clock. */
export function isToGo(
  { state, wish, lastBeat }: Pick<WorkerView, 'state'> & { wish: Wish | undefined; lastBeat: number },
  now: number,
  retentionSeconds: number,
): boolean {
  return state === 'lost' && (wish === 'leave' || now - lastBeat > retentionSeconds * 1000)
}

/** What stays of a wish when the worker's process is another: one that was to leave was started again, and is wanted. */
export function outlives(wish: Wish | undefined): boolean {
  return wish !== 'leave'
}
