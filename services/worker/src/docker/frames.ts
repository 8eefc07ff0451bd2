/** The engine's log stream: frames of an 8-byte head (stream, length) and text, of both streams, in order. */

const HEAD = 8

/** The text of the frames, as it comes. A frame that is cut off at the end gives what there is of it. */
export async function* framesOf(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let head = Buffer.alloc(0)
  let left = 0
  for await (const chunk of stream) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const texts: Buffer[] = []
    while (rest.length > 0) {
      if (left === 0) {
        const missing = HEAD - head.length
        head = Buffer.concat([head, rest.subarray(0, missing)])
        rest = rest.subarray(missing)
        if (head.length < HEAD) break
        left = head.readUInt32BE(4)
        head = Buffer.alloc(0)
        continue
      }
      texts.push(rest.subarray(0, left))
      const taken = Math.min(left, rest.length)
      rest = rest.subarray(taken)
      left -= taken
    }
    if (texts.length > 0) yield texts.length === 1 ? texts[0]! : Buffer.concat(texts)
  }
}
