/**
 * A request becomes a run: checked, pinned, committed; with the same key it becomes the same run again. The answer
 * goes into the outbox in the same commit, so an accepted run is always told, and a told run always exists.
 */
import {
  badRequest,
  errorsOf,
  fault,
  InputSource,
  isTerminal,
  ModelRef,
  nearest,
  newId,
  ParamValue,
  RunRequest,
  type Accepted,
  type AnswerType,
  type Problem,
  type ProblemError,
} from '@carya/contracts'
import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { accept, faultsAgainst } from '../domain/accept.ts'
import { endReplies, render, replyMessage, type OutMessage } from '../domain/messages.ts'
import type { Reply, RunRecord } from '../domain/record.ts'
import { canonical, compare, withReply } from '../domain/submission.ts'
import type { Clock, KeyName, ModelStore, RunStore } from '../ports.ts'

export type Asking = {
  submitter: string
  reply?: Reply
  /** AMQP message id: makes the submission idempotent as a key does */
  messageId?: string
  /** hash of a message that has neither key nor id; `again`: the broker says it was delivered before (H13) */
  hash?: { value: string; again: boolean }
}

export type AcceptParts = {
  runs: RunStore
  models: ModelStore
  clock: Clock
  installation: string
  poke: (pool: string) => void
  /** something is due for a run at this time */
  wakeAt: (time: string) => void
  /** refuses new work while Redis is nearly full, so that reports still fit; says why */
  full: () => string | undefined
}

export type AcceptRequest = (
  body: unknown,
  asking: Asking,
) => Promise<{ accepted: Accepted } | { rejected: Problem }>

export function acceptRequest(parts: AcceptParts): AcceptRequest {
  const { runs, models, clock, installation, poke, wakeAt, full } = parts
  return async (body, asking) => {
    const parsed = RunRequest.safeParse(body)
    if (!parsed.success) return { rejected: badRequest(await allFaults(body, errorsOf(parsed.error, body))) }
    const request = parsed.data
    const name = keyName(request, asking)
    const hash = createHash('sha256').update(canonical(request)).digest('base64url')

    // a message that is seen for the first time has no record under its hash; its key is looked up only when it can be there
    for (;;) {
      const known = name && (name.kind !== 'taken' || asking.hash?.again) ? await runs.keyed(name) : undefined
      const sameness = compare(known, hash)
      if (sameness === 'another') return { rejected: otherBody(request, asking) }
      const again = known && (await joined(known.run, asking.reply))
      if (again) return again
      const made = await pin(request, asking)
      if ('rejected' in made) return made
      const out = [
        ...answer(asking.reply, 'run.accepted', acceptance(made, false)),
        ...render(made, [{ kind: 'changed' }], installation, made.createdAt),
      ]
      if (name && name.kind !== 'taken') made.submission = { kind: name.kind, key: name.key, body: hash }
      // a key whose run is gone (Redis was put back, or it ended long ago) names this one from now on
      const key = name && { ...name, version: known?.version ?? '' }
      // a conflict: the key was taken while we looked, so now it can be read
      if ((await runs.create(made, key, hash, out)) === 'conflict') continue
      for (const time of [made.notBefore, made.deadline]) if (time !== undefined) wakeAt(time)
      if (made.notBefore === undefined) poke(made.pool)
      return { accepted: acceptance(made, false) }
    }
  }

  async function pin(request: RunRequest, asking: Asking): Promise<RunRecord | { rejected: Problem }> {
    const why = full()
    if (why !== undefined)
      return {
        rejected: {
          type: 'urn:carya:problem:full',
          title: 'No new work is taken now',
          status: 503,
          detail: why,
        },
      }
    const model = await models.find(request.model)
    if (!model)
      return { rejected: badRequest([fault(['model'], request, await unknownModel(request.model))]) }
    const asked = { id: newId('r'), submitter: asking.submitter, at: clock.iso() }
    const made = accept(request, model, asking.reply ? { ...asked, reply: asking.reply } : asked)
    return 'errors' in made ? { rejected: badRequest(made.errors) } : made
  }

  /** The faults of its form, and those against the model it names, as far as that can be read. */
  async function allFaults(body: unknown, ofForm: ProblemError[]): Promise<ProblemError[]> {
    const ref = ModelRef.safeParse(fieldOf(body, 'model'))
    if (!ref.success) return ofForm
    const model = await models.find(ref.data)
    const readable = {
      params: valid(fieldOf(body, 'params'), ParamValue),
      inputs: valid(fieldOf(body, 'inputs'), InputSource),
    }
    const more = model
      ? faultsAgainst(readable, model)
      : [fault(['model'], body, await unknownModel(ref.data))]
    const told = new Set(ofForm.map((each) => each.path))
    return [...ofForm, ...more.filter((each) => !told.has(each.path))]
  }

  async function unknownModel(ref: string): Promise<string> {
    const known = await models.all()
    const refs = known.map((model) => `${model.name}@${model.version}`)
    if (refs.length === 0) return 'no such model: none is registered yet; carya model add FILE registers one'
    const near = nearest(ref, [...refs, ...known.map((model) => model.name)])
    return `no such model: ${near === undefined ? '' : `did you mean ${near}? `}registered are ${refs.slice(0, 20).join(', ')}`
  }

  /** The same request again: the state now, and the end to this asker too (H14). Undefined if the run is gone. */
  async function joined(id: string, reply: Reply | undefined): Promise<{ accepted: Accepted } | undefined> {
    for (;;) {
      const run = await runs.read(id)
      if (!run) return undefined
      const accepted = acceptance(run, true)
      if (!reply) return { accepted }
      const ended = isTerminal(run.state)
      const replies = ended ? run.replies : withReply(run.replies, reply)
      const out = [
        ...answer(reply, 'run.accepted', accepted),
        ...(ended ? endReplies({ ...run, replies: [reply] }) : []),
      ]
      const after = { ...run, replies, version: run.version + 1 }
      if ((await runs.change(run, after, out)) === 'done') return { accepted }
    }
  }
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined
}

/** The entries of a record that are right by themselves. */
function valid<T>(record: unknown, schema: z.ZodType<T>): Record<string, T> {
  if (typeof record !== 'object' || record === null) return {}
  return Object.fromEntries(
    Object.entries(record).flatMap(([name, value]) => {
      const parsed = schema.safeParse(value)
      return parsed.success ? [[name, parsed.data]] : []
    }),
  )
}

function keyName(request: RunRequest, asking: Asking): KeyName | undefined {
  const { submitter } = asking
  if (request.key !== undefined) return { kind: 'key', submitter, key: request.key }
  if (asking.messageId !== undefined) return { kind: 'message', submitter, key: asking.messageId }
  return asking.hash ? { kind: 'taken', submitter, key: asking.hash.value } : undefined
}

function acceptance(run: RunRecord, duplicate: boolean): Accepted {
  return { v: 1, id: run.id, state: run.state, duplicate }
}

function answer(reply: Reply | undefined, type: AnswerType, body: Accepted): OutMessage[] {
  return reply ? [replyMessage(reply, type, body)] : []
}

function otherBody(request: RunRequest, asking: Asking): Problem {
  const path = request.key === undefined ? 'message_id' : 'key'
  const value = request.key ?? asking.messageId
  return badRequest([
    { path, value, detail: 'used before for another request: take a new one, or send the same body' },
  ])
}
