/** Ends a transfer that goes on and on: so many of them at once there may be, and others wait for their turn. */

const OVER_MS = 60_000
const LEAST_PER_SECOND = 10 * 1024

/**
 * Gives what the source gives; throws where that is less than 10 KiB/s over a minute. Only the time counts in which the
 * source is waited for, and not that which is spent on what it gave. One that is silent it does not notice.
 */
export async function* atMinimumRate(
  source: AsyncIterable<Uint8Array>,
  now = () => performance.now(),
): AsyncIterable<Uint8Array> {
  let waited = 0
  let bytes = 0
  let asked = now()
  for await (const chunk of source) {
    waited += now() - asked
    bytes += chunk.byteLength
    if (waited > OVER_MS) {
      if (bytes < (LEAST_PER_SECOND * waited) / 1000)
        throw new Error(`slower than ${LEAST_PER_SECOND / 1024} KiB/s`)
      waited = bytes = 0
    }
    yield chunk
    asked = now()
  }
}
