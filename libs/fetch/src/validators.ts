/** By what a server tells whether something is still what it was: RFC 9110, sections 8.8 and 13.1. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'

export type Validators = { etag?: string | undefined; lastModified?: string | undefined }

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

/** The headers of a request that asks only for what has changed. */
export function conditions({ etag, lastModified }: Validators): OutgoingHttpHeaders {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  }
}
