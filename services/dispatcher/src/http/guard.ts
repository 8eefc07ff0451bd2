/**
 * Who may ask. Three walls, in this order, before anything of a request is looked at:
 *   1. `Host` names this machine's loopback or a name the operator allowed: a web page that makes its own name point
 *      at loopback (DNS rebinding) is stopped here.
 *   2. A bearer token, even on loopback, which login nodes share between users. No cookies, so no forged requests.
 *   3. No CORS header is ever sent, so a browser gives no page of another origin anything to read.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { refuse } from './refusal.ts'

/** `name` is the submitter of what comes with this token. */
export type Token = { name: string; token: string }

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])
const CHALLENGE = { 'www-authenticate': 'Bearer realm="carya"' }

/** A check that throws a refusal where `Host` is not ours: a loopback name or an allowed one, with any port. */
export function hostCheck(allowedHosts: readonly string[]): (request: FastifyRequest) => void {
  const allowed = new Set([...LOOPBACK, ...allowedHosts.map((host) => host.toLowerCase())])
  return (request) => {
    const given = request.raw.rawHeaders.filter((_, i, all) => i % 2 === 1 && /^host$/i.test(all[i - 1]!))
    const host = given[0]?.toLowerCase() ?? ''
    if (given.length === 1 && (allowed.has(host) || allowed.has(host.replace(/:\d*$/, '')))) return
    throw refuse(
      421,
      'foreign-host',
      'This service is not known by that name',
      'The Host header names another service. An operator can allow further names by CARYA_ALLOWED_HOSTS',
    )
  }
}

/** A check that gives the name of the request's token, or throws a refusal. Takes the same time for every wrong token. */
export function tokenCheck(tokens: readonly Token[]): (request: FastifyRequest) => string {
  const known = tokens.map(({ name, token }) => ({ name, digest: digest(token) }))
  return (request) => {
    const header = request.headers.authorization
    const given = /^Bearer +([\x21-\x7e]+)$/i.exec(header ?? '')?.[1]
    if (given === undefined)
      throw refuse(401, 'no-token', 'A token is needed', 'Send the header Authorization: Bearer <token>', {
        ...CHALLENGE,
      })
    const asked = digest(given)
    let name: string | undefined
    for (const one of known) if (timingSafeEqual(one.digest, asked)) name = one.name
    if (name !== undefined) return name
    throw refuse(401, 'wrong-token', 'The token is not known here', undefined, { ...CHALLENGE })
  }
}

/** Digests have one length, which the comparison needs, and tell nothing of the token's own. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
