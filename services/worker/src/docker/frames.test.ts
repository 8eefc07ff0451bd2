import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { framesOf } from './frames.ts'

function frame(stream: number, text: string): Buffer {
  const head = Buffer.alloc(8)
  head[0] = stream
  head.writeUInt32BE(Buffer.byteLength(text), 4)
  return Buffer.concat([head, Buffer.from(text)])
}

async function* cutAt(bytes: Buffer, cuts: number[]): AsyncIterable<Uint8Array> {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  for (const [i, end] of at.slice(1).entries()) yield bytes.subarray(at[i], end)
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return chunks
}

test('the text of both streams comes in order, however the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string())),
      fc.array(fc.nat(500)),
      async (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(([stream, text]) => frame(stream, text)))
        const read = await all(framesOf(cutAt(bytes, cuts)))
        expect(Buffer.concat(read).toString()).toBe(frames.map(([, text]) => text).join(''))
      },
    ),
  )
})

test('a frame that is cut off gives what there is of it', async () => {
  const bytes = frame(1, 'hello').subarray(0, 10)
  expect(Buffer.concat(await all(framesOf(cutAt(bytes, [])))).toString()).toBe('he')
})

test('what the engine says of its own trouble is no text of the model: the stream has broken', async () => {
  const bytes = Buffer.concat([
    frame(1, 'hello'),
    frame(3, 'Error grabbing logs: unexpected EOF'),
    frame(1, 'x'),
  ])
  const read: string[] = []
  const reading = async () => {
    for await (const text of framesOf(cutAt(bytes, []))) read.push(Buffer.from(text).toString())
  }
  await expect(reading()).rejects.toThrow(
    'the engine cannot read the log on: Error grabbing logs: unexpected EOF',
  )
  expect(read).toEqual(['hello'])
})
