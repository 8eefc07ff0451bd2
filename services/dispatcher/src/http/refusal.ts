/** How a request is refused: always an RFC 9457 problem document, with the id by which the log can be searched. */
import { problem, type Problem } from '@carya/contracts'
import type { FastifyReply } from 'fastify'

/** Thrown by a route, or by what stands before it, to answer with a problem document. */
export class Refusal extends Error {
  readonly code = 'REFUSED'
  readonly problem: Problem
  readonly headers: Readonly<Record<string, string>>

  constructor(what: Problem, headers: Record<string, string> = {}) {
    super(what.detail ?? what.title)
    this.problem = what
    this.headers = headers
  }
}

/** A refusal in one line; `code` becomes the last word of the problem's type. */
export function refuse(
  status: number,
  code: string,
  title: string,
  detail?: string,
  headers?: Record<string, string>,
): Refusal {
  return new Refusal(problem(status, code, title, detail), headers)
}

/** Sends a problem document; `instance` carries the request's id. */
export function sendProblem(
  reply: FastifyReply,
  what: Problem,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  return reply
    .code(what.status)
    .headers({ ...headers })
    .type('application/problem+json')
    .send(JSON.stringify({ ...what, instance: `urn:carya:request:${reply.request.id}` }))
}
