import { expect, test } from 'vitest'
import { readEvents, type ServerEvent } from './event-stream.ts'

async function* pieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size)
}

async function read(text: string, size: number): Promise<ServerEvent[]> {
  const events: ServerEvent[] = []
  for await (const event of readEvents(pieces(text, size))) events.push(event)
  return events
}

const stream =
  'retry: 1000\n\n: beat\n\nid: 1\nevent: state\ndata: {"a":"thrée"}\n\ndata: one\ndata: two\r\n\r\nid: 3\ndata:x\n\nid: 4\ndata: cut'

test.each([1, 2, 3, 7, 1000])('events come whole, in pieces of %i bytes', async (size) => {
  expect(await read(stream, size)).toEqual([
    { id: '1', data: '{"a":"thrée"}' },
    { data: 'one\ntwo' },
    { id: '3', data: 'x' },
  ])
})
