/** When two requests are the same one: by the submitter's key, or, without one, by being the same message again. */
import type { Reply } from './record.ts'

/** Which run or ensemble a key names; `version` guards its being given to another. */
export type KeyRecord = { run: string; body: string; version: string }

export type Sameness = 'new' | 'same' | 'another'

/** A key seen before with the same body is the same request; with another body it is a mistake. */
export function compare(known: Omit<KeyRecord, 'version'> | undefined, body: string): Sameness {
  if (!known) return 'new'
  return known.body === body ? 'same' : 'another'
}

/** So many are told of a run's end: it is sent again when in doubt, from wherever the asker is then. */
const MOST_REPLIES = 32

/** Who is told of the end, with one more who asked: the latest, and none twice. */
export function withReply(replies: Reply[], reply: Reply): Reply[] {
  const isKnown = replies.some((each) => each.to === reply.to && each.correlationId === reply.correlationId)
  return isKnown ? replies : [...replies, reply].slice(-MOST_REPLIES)
}

/** The request in one canonical text: fields in order of name, so that writing them in another order changes nothing. */
export function canonical(request: object): string {
  return JSON.stringify(sorted(request))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  )
}
