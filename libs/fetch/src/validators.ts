/** By what a server tells whether something is still what it was: RFC 9110, sections 8.8 and 13.1. */
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

/** `at`: of what they tell. */
export type Validators = {
  etag?: string | undefined
  lastModified?: string | undefined
  at?: Place | undefined
}
/** Hashes of a URL, and of one without what follows a `?`: a URL may hold a password or a signature. */
export type Place = { url: string; path: string }

/** A time has no parts of a second: what was changed so lately may have been changed again in the same one. */
const SETTLED_MS = 2000

/** What an answer gives to ask by the next time; empty where nothing would tell a change. */
export function validatorsOf(headers: IncomingHttpHeaders): Validators {
  const { etag, 'last-modified': lastModified, date } = headers
  const age = Date.parse(date ?? '') - Date.parse(lastModified ?? '')
  return {
    ...(etag === undefined || etag === '' ? {} : { etag }),
    ...(lastModified !== undefined && age >= SETTLED_MS ? { lastModified } : {}),
  }
}

export function placeOf({ origin, pathname, search }: URL): Place {
  const path = `${origin}${pathname}`
  return { url: hashOf(`${path}${search}`), path: hashOf(path) }
}

/**
 * The headers of a request that asks only for what has changed: none where another place was asked, as a redirection
 * may lead elsewhere today. Behind the `?` may stand a signature, new each time, which an ETag outlives; but of another
 * thing an older time would say that nothing has changed.
 */
export function conditions({ etag, lastModified, at }: Validators, url: URL): OutgoingHttpHeaders {
  const place = placeOf(url)
  return {
    ...(etag === undefined || at?.path !== place.path ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined || at?.url !== place.url ? {} : { 'if-modified-since': lastModified }),
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex')
