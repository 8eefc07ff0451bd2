/**
 * The same submission again is the same one (H13): by the submitter's key, the message's id, or, of a message without
 * either that is delivered again, by its hash.
 */
import type { Accepted, Problem, RunRequest } from '@carya/contracts'
import { badRequest } from '@carya/contracts'
import { compare } from '../domain/submission.ts'
import type { Reply } from '../domain/record.ts'
import type { Changed, KeyName, RunStore } from '../ports.ts'

export type Asking = {
  submitter: string
  reply?: Reply
  /** AMQP message id: makes the submission idempotent as a key does */
  messageId?: string
  /** hash of a message that has neither key nor id; `again`: the broker says it was delivered before (H13) */
  hash?: { value: string; again: boolean }
}

export type Answer<A = Accepted> = { accepted: A } | { rejected: Problem }

export type Submission<A> = {
  request: Pick<RunRequest, 'key'>
  asking: Asking
  /** hash of the request in its canonical form */
  body: string
  /** what is known by this id is asked for once more; undefined: it is gone */
  join: (id: string) => Promise<Answer<A> | undefined>
  /** Checks and pins what is asked, and gives how to commit it. */
  pin: () => Promise<
    { create: (key: Named | undefined) => Promise<Changed>; done: () => A } | { rejected: Problem }
  >
}

/** A key with the version of its record. */
export type Named = KeyName & { version: string }

export async function submitOnce<A>(
  runs: Pick<RunStore, 'keyed'>,
  { request, asking, body, join, pin }: Submission<A>,
): Promise<Answer<A>> {
  const name = keyName(request, asking)
  for (;;) {
    // a message that is seen for the first time has no record under its hash; its key is looked up only when it can be there
    const known = name && (name.kind !== 'taken' || asking.hash?.again) ? await runs.keyed(name) : undefined
    const sameness = compare(known, body)
    if (sameness === 'another') return { rejected: otherBody(request, asking) }
    const again = known && (await join(known.run))
    if (again) return again
    const pinned = await pin()
    if ('rejected' in pinned) return pinned
    // a key whose submission is gone (Redis was put back, or it ended long ago) names this one from now on
    const key = name && { ...name, version: known?.version ?? '' }
    // a conflict: the key was taken while we looked, so now it can be read
    if ((await pinned.create(key)) === 'conflict') continue
    return { accepted: pinned.done() }
  }
}

/** What makes it the same once more, as its record keeps it; a hash goes by itself. */
export function submissionOf(
  key: Named | undefined,
  body: string,
): { kind: 'key' | 'message'; key: string; body: string } | undefined {
  return key && key.kind !== 'taken' ? { kind: key.kind, key: key.key, body } : undefined
}

function keyName(request: Pick<RunRequest, 'key'>, asking: Asking): KeyName | undefined {
  const { submitter } = asking
  if (request.key !== undefined) return { kind: 'key', submitter, key: request.key }
  if (asking.messageId !== undefined) return { kind: 'message', submitter, key: asking.messageId }
  return asking.hash ? { kind: 'taken', submitter, key: asking.hash.value } : undefined
}

function otherBody(request: Pick<RunRequest, 'key'>, asking: Asking): Problem {
  const path = request.key === undefined ? 'message_id' : 'key'
  const value = request.key ?? asking.messageId
  return badRequest([
    { path, value, detail: 'used before for another request: take a new one, or send the same body' },
  ])
}
