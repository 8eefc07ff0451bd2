/** What a worker's last heartbeat says of it now. */
import { nearest, problem, type Heartbeat, type Problem, type WorkerView } from '@carya/contracts'
import { isDraining, type Draining } from './drain.ts'

/** Beats missed before a worker counts as lost: its room is no longer fed. Its leases live on by their own length. */
const MISSED = 3
const NAMED = 20

/** `silent`: for how many milliseconds nothing came of it although we listened. */
export function stateOf(
  known: Pick<Heartbeat, 'interval' | 'unwell'> & Draining,
  silent: number,
): WorkerView['state'] {
  if (silent > MISSED * known.interval * 1000 + 1000) return 'lost'
  if (isDraining(known)) return 'draining'
  return known.unwell === undefined ? 'live' : 'unwell'
}

/** The answer to who names a worker that is not known. */
export function noSuchWorker(name: string, known: readonly { name: string }[]): Problem {
  const names = known.map((each) => each.name)
  const near = nearest(name, names)
  const guess = near === undefined ? '' : `did you mean ${near}? `
  const there = names.length === 0 ? 'none was heard yet' : `there are ${names.slice(0, NAMED).join(', ')}`
  return problem(404, 'no-such-worker', `There is no worker ${name}`, guess + there)
}
