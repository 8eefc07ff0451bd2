/** Bodies: JSON of a bounded size, and, for uploads, a stream of bytes. */
import { badRequest, faultsOfJson } from '@carya/contracts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { IncomingMessage } from 'node:http'
import { refuse, Refusal } from './refusal.ts'

/**
 * A client that is still sending would meet a closed connection instead of its answer, so the rest of a body that
 * is too large is read and thrown away, up to this much.
 */
const PATIENCE = 64 * 2 ** 20

/** Takes `application/json` in UTF-8 of at most `limit` bytes, and no other type. */
export function takeJson(app: FastifyInstance, limit: number): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: IncomingMessage) => {
    const wrong = encodingFault(request)
    const bytes = await readAll(payload, wrong ? 0 : limit)
    if (wrong) throw wrong
    if (bytes === undefined)
      throw refuse(
        413,
        'too-large',
        'The body is too large',
        `A request is at most ${limit} bytes; give larger data by URL, or upload them with PUT /v1/files`,
      )
    return parse(bytes)
  })
}

/** Takes `application/octet-stream` and leaves it a stream. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/octet-stream',
    async (request: FastifyRequest, payload: IncomingMessage) => {
      const wrong = encodingFault(request)
      if (wrong) throw wrong
      return payload
    },
  )
}

function encodingFault(request: FastifyRequest): Refusal | undefined {
  const coding = request.headers['content-encoding'] ?? 'identity'
  if (coding !== 'identity')
    return refuse(415, 'unsupported-encoding', 'Bodies are taken uncompressed', `Content-Encoding: ${coding}`)
  const charset = /;\s*charset="?([^";\s]+)/i.exec(request.headers['content-type'] ?? '')?.[1]
  if (charset !== undefined && !/^utf-?8$/i.test(charset))
    return refuse(415, 'unsupported-encoding', 'JSON is taken in UTF-8', `charset=${charset}`)
  return undefined
}

/** All bytes; undefined where there were more than `limit`. */
async function readAll(payload: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of payload as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size <= limit) chunks.push(chunk)
    if (size > PATIENCE) break
  }
  return size > limit ? undefined : Buffer.concat(chunks, size)
}

/** The value, bounded; nothing at all is `undefined`, which is no valid request either. */
function parse(bytes: Buffer): unknown {
  if (bytes.byteLength === 0) return undefined
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw refuse(400, 'not-json', 'The body is not JSON', 'It is not text in UTF-8')
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw refuse(400, 'not-json', 'The body is not JSON', error instanceof Error ? error.message : undefined)
  }
  const faults = faultsOfJson(value)
  if (faults.length > 0) throw new Refusal(badRequest(faults))
  return value
}
