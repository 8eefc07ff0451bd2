/** The log of a run, by byte positions, so that nothing is shown twice and nothing left out. */
import type { Client } from '../client/client.ts'
import { pathOf } from '../client/client.ts'
import { printable } from '../terminal/text.ts'

/** Writes pieces of a log: raw into files and pipes, harmless to a terminal. */
export type LogWriter = { write(bytes: Uint8Array): void }

export function logWriter(out: NodeJS.WriteStream): LogWriter {
  if (!out.isTTY) return { write: (bytes) => void out.write(bytes) }
  const decoder = new TextDecoder()
  return { write: (bytes) => void out.write(printable(decoder.decode(bytes, { stream: true }))) }
}

export type Place = { id: string; attempt?: number | undefined }

/** Gives each piece of the stored log from a byte on (up to another), and returns the position behind the last one. */
export async function readStored(
  client: Client,
  { id, attempt }: Place,
  { from, to, signal }: { from: number; to?: number; signal?: AbortSignal },
  take: (bytes: Uint8Array) => void,
): Promise<number> {
  const headers = { range: `bytes=${from}-${to === undefined ? '' : to - 1}` }
  const path = pathOf(`/v1/runs/${id}/logs`, { attempt })
  const stream = await client.stream(path, { headers, signal, unless: [404, 416] })
  let position = from
  if (!stream) return position
  for await (const bytes of stream as AsyncIterable<Uint8Array>) {
    take(bytes)
    position += bytes.byteLength
  }
  return position
}

/** The last lines of the stored log, and the position behind them; reads no more of it than they need, doubling. */
export async function readLastLines(
  client: Client,
  { id, attempt }: Place,
  lines: number,
): Promise<{ bytes: Buffer; end: number }> {
  for (let size = 64 * 1024; ; size *= 2) {
    const path = pathOf(`/v1/runs/${id}/logs`, { attempt })
    const stream = await client.stream(path, { headers: { range: `bytes=-${size}` }, unless: [404, 416] })
    if (!stream) return { bytes: Buffer.alloc(0), end: 0 }
    const bytes = Buffer.concat(await stream.toArray())
    const whole = Number(/\/(\d+)$/.exec(stream.headers['content-range'] ?? '')?.[1] ?? bytes.byteLength)
    const start = startOfLast(bytes, lines)
    if (start > 0 || bytes.byteLength >= whole) return { bytes: bytes.subarray(start), end: whole }
  }
}

/** Where the last so many lines begin; 0 where there are not that many. */
export function startOfLast(bytes: Buffer, lines: number): number {
  let at = bytes.at(-1) === 10 ? bytes.byteLength - 1 : bytes.byteLength
  if (lines === 0) return bytes.byteLength
  for (let left = lines; left > 0; left -= 1) {
    at = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1)
    if (at < 0) return 0
  }
  return at + 1
}
