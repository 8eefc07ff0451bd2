/** One HTTP request and its answer, whatever it is; only that there is none at all is an error. */
import { request as overHttp, type IncomingMessage } from 'node:http'
import { request as overHttps } from 'node:https'
import { Readable } from 'node:stream'
import type { Context } from './context.ts'

export type Ask = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  headers?: Record<string, string>
  /** Sent as JSON, or, where it is a stream, as bytes. */
  body?: unknown
  signal?: AbortSignal | undefined
}

/** The service gave no answer, or broke off in the midst of one. */
export class NotReached extends Error {
  readonly code = 'NOT_REACHED'
}

/** Resolves with the head of the answer; its body is a stream that must be read or destroyed. */
export async function exchange(
  { api, token }: Context,
  path: string,
  { method = 'GET', headers = {}, body, signal }: Ask = {},
): Promise<IncomingMessage> {
  const url = new URL(path, api)
  const open = url.protocol === 'https:' ? overHttps : overHttp
  const streamed = body instanceof Readable
  const request = open(url, {
    method,
    signal,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/json, application/problem+json;q=0.9, */*;q=0.5',
      ...(body === undefined
        ? {}
        : { 'content-type': streamed ? 'application/octet-stream' : 'application/json' }),
      ...headers,
    },
  })
  try {
    return await new Promise<IncomingMessage>((resolve, reject) => {
      // both stay: an answer may come before the body is through, and then the sending breaks off
      request.on('response', resolve).on('error', reject)
      if (streamed) body.on('error', (error) => request.destroy(error)).pipe(request)
      else request.end(body === undefined ? undefined : JSON.stringify(body))
    })
  } catch (error) {
    if (signal?.aborted === true) throw error
    throw new NotReached(reason(error), { cause: error })
  }
}

/** The whole body as text, at most 64 MiB. */
export async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer) {
      chunks.push(chunk)
      size += chunk.length
      if (size > 64 * 2 ** 20) throw new Error('an answer of more than 64 MiB')
    }
  } catch (error) {
    throw new NotReached(reason(error), { cause: error })
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Why nobody answered, in words where we have them. */
function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words: Record<string, string> = {
    ECONNREFUSED: 'nobody listens there',
    ENOTFOUND: 'no such host',
    EAI_AGAIN: 'the name cannot be looked up now',
    ECONNRESET: 'the connection was cut',
    ETIMEDOUT: 'no answer in time',
    EHOSTUNREACH: 'the host is not reached',
    ENETUNREACH: 'the network is not reached',
  }
  return words[code] ?? (error instanceof Error ? error.message : String(error))
}
