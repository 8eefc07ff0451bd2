/** Byte ranges of a file that hostile programs may have written, as `Range: bytes=…` asks for them (RFC 9110, 14). */
import { StoreError, type Slice, type Store } from '@carya/store'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { refuse } from './refusal.ts'

type Asked = { from: number; to?: number } | { last: number }

/** One range; undefined (the whole file) where the header is absent, asks for several or makes no sense. */
export function parseRange(header: string | undefined): Asked | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (!match) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? undefined : { last: Number(last) }
  if (last === '') return { from: Number(first) }
  return Number(last) < Number(first) ? undefined : { from: Number(first), to: Number(last) + 1 }
}

/**
 * Answers with a file of the store, whole or the part that was asked for. A browser never shows or runs it: unless
 * `type` says otherwise it is opaque bytes, and in any case sandboxed and not sniffed. `absent` says what is missing
 * where there is no such file.
 */
export async function sendFile(
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
  store: Store,
  path: string,
  { type, absent, name }: { type?: string; absent: string; name?: string },
): Promise<FastifyReply> {
  const slice = await open(store, path, parseRange(request.headers.range), absent)
  const partial = slice.partial
  void reply
    .code(partial ? 206 : 200)
    .type(type ?? 'application/octet-stream')
    .header('accept-ranges', 'bytes')
    .header('content-length', slice.to - slice.from)
    .header('last-modified', slice.modifiedAt.toUTCString())
    .header('content-security-policy', "sandbox; default-src 'none'")
  if (partial) void reply.header('content-range', `bytes ${slice.from}-${slice.to - 1}/${slice.size}`)
  if (name !== undefined) void reply.header('content-disposition', attachment(name))
  return reply.send(slice.stream)
}

async function open(
  store: Store,
  path: string,
  asked: Asked | undefined,
  absent: string,
): Promise<Slice & { partial: boolean }> {
  try {
    if (asked === undefined) return { ...(await store.read(path)), partial: false }
    const { size } = await store.read(path, { from: 0, to: 0 })
    const from = 'last' in asked ? Math.max(0, size - asked.last) : asked.from
    const to = 'last' in asked ? size : Math.min(asked.to ?? size, size)
    if (from >= to)
      throw refuse(416, 'no-such-range', 'The file has no such bytes', `It has ${size} bytes`, {
        'content-range': `bytes */${size}`,
      })
    return { ...(await store.read(path, { from, to })), partial: true }
  } catch (error) {
    // a link or a device is no output, and what lies elsewhere is nobody's business
    if (error instanceof StoreError) throw refuse(404, 'not-found', 'There is no such file', absent)
    throw error
  }
}

/** `attachment` with the last part of a name, in plain and in encoded form (RFC 6266). */
function attachment(name: string): string {
  const last = name.slice(name.lastIndexOf('/') + 1)
  const plain = last.replaceAll(/[^A-Za-z0-9._ -]/g, '_')
  const encoded = encodeURIComponent(last).replaceAll(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`
}
