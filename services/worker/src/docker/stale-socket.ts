/**
 * Tells a socket behind which there will never be an engine again. A container is given the socket itself, and not its
 * folder, which would be all of `/run` with everything that is mounted there. An engine that opens its socket itself (one
 * that systemd opens it for does not) removes it and makes another each time it is started. A container that lives
 * through this, by live-restore, is left with the one that has no name any more. Only a restart of the container gives
 * it the new one: so a worker leaves when its engine has been away for a while and the socket is such a one. Then its
 * container is started again, by that very engine, at once or when it is back itself; models run on.
 */
import { stat } from 'node:fs/promises'

/** Within this an engine is back, as a rule: until then the worker stays, since heartbeats go on without an engine. */
export const STALE_AFTER_MS = 30_000

/** Whether the file at the path has been removed, although the path still leads to it. */
export async function isStale(socketPath: string): Promise<boolean> {
  return stat(socketPath).then(
    ({ nlink }) => nlink === 0,
    () => false,
  )
}
