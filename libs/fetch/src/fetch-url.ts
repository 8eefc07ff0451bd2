/**
 * Fetches an input from a web server. The address is checked where the connection is made, not before: a name may
 * stand for another address by then. Redirections are followed, each checked alike.
 */
import { lookup as resolveName, type LookupAddress } from 'node:dns'
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { atMinimumRate } from './minimum-rate.ts'
import { isPrivate } from './private-address.ts'
import { conditions, placeOf, validatorsOf, type Validators } from './validators.ts'

export type FetchOptions = {
  allowPrivate: boolean
  signal: AbortSignal
  /** asks only for what is not this any more: the server's own words for what was fetched before */
  unless?: Validators
}

/** The answer 200, or 304 where `unless` still holds. To be disposed of; what was not read of it is then not fetched. */
export type Fetched = Disposable & {
  isUnchanged: boolean
  validators: Validators
  /** bytes, where the server says so */
  length: number | undefined
  /** As it comes: once. Throws where the server breaks off or is too slow, in words for the user. */
  body: AsyncIterable<Uint8Array>
}

const MOST_REDIRECTIONS = 5
const SILENCE_MS = 60_000
/** From the question to the head of the answer: of one that comes byte by byte there is no end. */
const HEAD_MS = 120_000

/** The body of the answer 200, as it comes. Throws what is wrong, in words for the user. */
export async function* fetchUrl(url: string, options: FetchOptions): AsyncIterable<Uint8Array> {
  using fetched = await openUrl(url, options)
  yield* fetched.body
}

/** Asks for a URL, through redirections. Throws what is wrong, in words for the user. */
export async function openUrl(url: string, options: FetchOptions): Promise<Fetched> {
  let target = new URL(url)
  for (let redirections = 0; redirections <= MOST_REDIRECTIONS; redirections += 1) {
    const unless = conditions(options.unless ?? {}, target)
    const response = await get(target, unless, options)
    const { statusCode = 0, headers } = response
    const isUnchanged = statusCode === 304 && Object.keys(unless).length > 0
    if (statusCode === 200 || isUnchanged) return fetchedOf(response, target)
    response.destroy()
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined)
      throw new Error(`the server answered ${statusCode}`)
    target = new URL(headers.location, target)
    if (target.protocol !== 'http:' && target.protocol !== 'https:')
      throw new Error(`redirected to ${target.protocol}`)
  }
  throw new Error(`redirected more than ${MOST_REDIRECTIONS} times`)
}

function fetchedOf(response: IncomingMessage, url: URL): Fetched {
  const { 'content-length': length, ...headers } = response.headers
  return {
    isUnchanged: response.statusCode === 304,
    validators: { ...validatorsOf(headers), at: placeOf(url) },
    length: length === undefined || !/^\d{1,15}$/.test(length) ? undefined : Number(length),
    body: bodyOf(response),
    [Symbol.dispose]: () => void response.destroy(),
  }
}

async function* bodyOf(response: IncomingMessage): AsyncIterable<Uint8Array> {
  try {
    yield* atMinimumRate(response)
  } catch (error) {
    const isBroken = error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
    throw isBroken ? new Error('the server broke off', { cause: error }) : error
  }
}

function get(
  url: URL,
  unless: OutgoingHttpHeaders,
  { allowPrivate, signal }: FetchOptions,
): Promise<IncomingMessage> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivate && isIP(host) !== 0 && isPrivate(host)) return Promise.reject(privateAddress(host))
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const lookup = allowPrivate ? {} : { lookup: publicOnly }
    const headers = { 'user-agent': 'carya', 'accept-encoding': 'identity', ...unless }
    const asked = request(url, { signal, headers, ...lookup, agent: false }, resolve)
    const late = setTimeout(() => asked.destroy(unheard('no answer came within', HEAD_MS)), HEAD_MS)
    asked.setTimeout(SILENCE_MS, () => asked.destroy(unheard('nothing was heard for', SILENCE_MS)))
    asked.on('close', () => clearTimeout(late))
    asked.on('response', () => {
      clearTimeout(late)
      asked.setTimeout(0) // how fast the body comes is watched where it is read
    })
    asked.on('error', reject)
    asked.end()
  })
}

const unheard = (what: string, ms: number): Error => new Error(`${what} ${ms / 1000} s`)

const publicOnly: LookupFunction = (name, options, answer) => {
  resolveName(name, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const first = addresses?.[0]
    const wrong = error ?? addresses.find(({ address }) => isPrivate(address))
    if (wrong instanceof Error) answer(wrong, '')
    else if (wrong !== undefined) answer(privateAddress(wrong.address), '')
    else if (first === undefined) answer(new Error(`${name} has no address`), '')
    else if (options.all === true) answer(null, addresses)
    else answer(null, first.address, first.family)
  })
}

function privateAddress(address: string): Error {
  return new Error(
    `${address} is a private address (the operator may allow them: CARYA_ALLOW_PRIVATE_URLS=yes)`,
  )
}
