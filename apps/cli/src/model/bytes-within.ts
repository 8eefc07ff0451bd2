/** Whole files in memory, but no more of them than there is room for. */

/** The most of a test's outputs that is held and compared: of all that is expected, and of each that was found. */
export const MOST_COMPARED = 64 * 2 ** 20

/** All bytes of a stream; undefined, and the stream broken off, where there are more than `most`. */
export async function bytesWithin(
  stream: AsyncIterable<Uint8Array>,
  most: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
