/** Ends a transfer that goes on and on: so many of them at once there may be, and others wait for their turn. */

const OVER_MS = 60_000
const LEAST_PER_SECOND = 10 * 1024

/**
 * Gives what the source gives; throws where that is less than 10 KiB/s over a minute, and destroys one that gives
 * nothing for as long. Only the time counts in which the source is waited for, and not that which is spent on what it
 * gave.
 */
export async function* atMinimumRate(
  source: AsyncIterable<Uint8Array> & { destroy(error: Error): unknown },
  now = () => performance.now(),
): AsyncIterable<Uint8Array> {
  let waited = 0
  let bytes = 0
  const wait = () => ({ since: now(), timer: setTimeout(() => source.destroy(tooSlow()), OVER_MS) })
  let waiting = wait()
  try {
    for await (const chunk of source) {
      clearTimeout(waiting.timer)
      waited += now() - waiting.since
      bytes += chunk.byteLength
      if (waited > OVER_MS) {
        if (bytes < (LEAST_PER_SECOND * waited) / 1000) throw tooSlow()
        waited = bytes = 0
      }
      yield chunk
      waiting = wait()
    }
  } finally {
    clearTimeout(waiting.timer)
  }
}

function tooSlow(): Error {
  return new Error(`slower than ${LEAST_PER_SECOND / 1024} KiB/s`)
}
