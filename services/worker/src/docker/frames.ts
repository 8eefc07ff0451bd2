/**
 * The engine's log stream: frames of an 8-byte head (stream, length) and text, of both streams, in order. By a third
 * stream the engine tells why it cannot go on, for example where it drops the oldest of a log that is being read.
 */

const HEAD = 8
const ENGINES_TROUBLE = 3

/** The text of the frames, as it comes. A frame that is cut off at the end gives what there is of it. */
export async function* framesOf(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let head = Buffer.alloc(0)
  let left = 0
  let source = 0
  for await (const chunk of stream) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const texts: Buffer[] = []
    let trouble: string | undefined
    while (rest.length > 0 && trouble === undefined) {
      if (left === 0) {
        const missing = HEAD - head.length
        head = Buffer.concat([head, rest.subarray(0, missing)])
        rest = rest.subarray(missing)
        if (head.length < HEAD) break
        left = head.readUInt32BE(4)
        source = head[0] ?? 0
        head = Buffer.alloc(0)
        continue
      }
      const text = rest.subarray(0, left)
      if (source === ENGINES_TROUBLE) trouble = text.toString('utf8').trim()
      else texts.push(text)
      rest = rest.subarray(text.length)
      left -= text.length
    }
    if (texts.length > 0) yield texts.length === 1 ? texts[0]! : Buffer.concat(texts)
    if (trouble !== undefined) throw new Error(`the engine cannot read the log on: ${trouble}`)
  }
}
