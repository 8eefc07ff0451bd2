/** What a worker's last heartbeat says of it now. */
import type { Heartbeat, WorkerView } from '@carya/contracts'

/** Beats missed before a worker counts as lost: its room is no longer fed. Its leases live on by their own length. */
const MISSED = 3

/** `silent`: for how many milliseconds nothing came of it although we listened. */
export function stateOf(beat: Heartbeat, silent: number): WorkerView['state'] {
  if (silent > MISSED * beat.interval * 1000 + 1000) return 'lost'
  if (beat.draining) return 'draining'
  return beat.unwell === undefined ? 'live' : 'unwell'
}
