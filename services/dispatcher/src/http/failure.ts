/** The one place where what went wrong in a request becomes an answer. */
import { problem, type Problem } from '@carya/contracts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Socket } from 'node:net'
import { Unavailable } from '../api.ts'
import { Refusal, sendProblem } from './refusal.ts'

/** Seconds after which a client should ask again while a part is away. */
const RETRY_SECONDS = 2

/** Answers an error of any kind. Only what is our own fault is logged, and of that the client learns no more than the request's id. */
export function failWith(log: Logger) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof Refusal) return sendProblem(reply, error.problem, error.headers)
    if (error instanceof Unavailable) {
      const away = problem(503, 'unavailable', 'A part of the service is away', error.message)
      return sendProblem(reply, away, { 'retry-after': String(RETRY_SECONDS) })
    }
    const known = ofFastify(error)
    if (known) return sendProblem(reply, known)
    // what was done for somebody who has left was broken off
    const isLeft = reply.raw.destroyed && error instanceof Error && error.name === 'AbortError'
    if (!isLeft) log.error({ err: error, request_id: request.id, method: request.method }, 'request failed')
    const detail = `The service's log tells more under request id ${request.id}`
    return sendProblem(reply, problem(500, 'internal', 'Something went wrong inside the service', detail))
  }
}

/** What Fastify itself refuses, such as a path that is not properly encoded. */
function ofFastify(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  const status = Number(error.statusCode)
  if (!(status >= 400 && status < 500)) return undefined
  if (status === 415)
    return problem(415, 'unsupported-media-type', 'This content type is not taken here', error.message)
  return problem(status, 'bad-request', 'The request is not right', error.message)
}

const BROKEN: Record<string, [status: number, title: string]> = {
  HPE_HEADER_OVERFLOW: [431, 'The header is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long'],
}

/** Answers what is not even HTTP, and closes the connection. */
export function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const [status, title] = BROKEN[error.code ?? ''] ?? [400, 'Not a valid HTTP request']
  const body = JSON.stringify(problem(status, 'bad-request', title))
  const head = [
    `HTTP/1.1 ${status} ${title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
