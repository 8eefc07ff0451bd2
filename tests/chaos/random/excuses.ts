/** How often a model had to be started again: its lease ran out while its worker was away. */
import type { RunView } from '@carya/contracts'
import type { Absence } from './parts.ts'

/** A beat may have been sent this much of a lease before its worker went away. */
const BEAT = 0.3

/** Attempts that were lost by a worker that was away for as long as a lease; `absences` by `worker <name>`. */
export function excusedRestarts(
  run: RunView,
  absences: ReadonlyMap<string, readonly Absence[]>,
  leaseSeconds: number,
): number {
  const long = leaseSeconds * 1000 * (1 - BEAT)
  return run.attempts.slice(0, -1).filter(({ worker, failure, claimedAt, queuedAt, finishedAt }) => {
    const [from, to] = [Date.parse(claimedAt ?? queuedAt), Date.parse(finishedAt ?? '')]
    const away = absences.get(`worker ${worker}`) ?? []
    return (
      failure?.kind === 'worker_lost' &&
      away.some((each) => {
        const ended = each.to ?? Infinity
        return ended - each.from > long && each.from < to && ended > from
      })
    )
  }).length
}
