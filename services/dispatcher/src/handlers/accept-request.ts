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
import { canonical, withReply } from '../domain/submission.ts'
import type { Clock, ModelStore, RunStore } from '../ports.ts'
import { findModel, fullProblem, unknownModel } from './find-model.ts'
import { submissionOf, submitOnce, type Answer, type Asking } from './submit-once.ts'

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

export type AcceptRequest = (body: unknown, asking: Asking) => Promise<Answer>

export function acceptRequest(parts: AcceptParts): AcceptRequest {
  const { runs, models, clock, installation, poke, wakeAt, full } = parts
  return async (body, asking) => {
    const parsed = RunRequest.safeParse(body)
    if (!parsed.success) return { rejected: badRequest(await allFaults(body, errorsOf(parsed.error, body))) }
    const request = parsed.data
    const hash = createHash('sha256').update(canonical(request)).digest('base64url')
    return submitOnce(runs, {
      request,
      asking,
      body: hash,
      join: (id) => joined(id, asking.reply),
      async pin() {
        const made = await pin(request, asking)
        if ('rejected' in made) return made
        const out = [
          ...answer(asking.reply, 'run.accepted', acceptance(made, false)),
          ...render(made, [{ kind: 'changed' }], installation, made.createdAt),
        ]
        return {
          create(key) {
            const submission = submissionOf(key, hash)
            return runs.create(submission ? { ...made, submission } : made, key, hash, out)
          },
          done() {
            for (const time of [made.notBefore, made.deadline]) if (time !== undefined) wakeAt(time)
            if (made.notBefore === undefined) poke(made.pool)
            return acceptance(made, false)
          },
        }
      },
    })
  }

  async function pin(request: RunRequest, asking: Asking): Promise<RunRecord | { rejected: Problem }> {
    const why = fullProblem(full)
    if (why) return { rejected: why }
    const found = await findModel(models, request)
    if ('rejected' in found) return found
    const asked = { id: newId('r'), submitter: asking.submitter, at: clock.iso() }
    const made = accept(request, found.model, asking.reply ? { ...asked, reply: asking.reply } : asked)
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
      : [fault(['model'], body, await unknownModel(models, ref.data))]
    const told = new Set(ofForm.map((each) => each.path))
    return [...ofForm, ...more.filter((each) => !told.has(each.path))]
  }

  /** The same request again: the state now, and the end to this asker too (H14). Undefined if the run is gone. */
  async function joined(id: string, reply: Reply | undefined): Promise<Answer | undefined> {
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

function acceptance(run: RunRecord, duplicate: boolean): Accepted {
  return { v: 1, id: run.id, state: run.state, duplicate }
}

function answer(reply: Reply | undefined, type: AnswerType, body: Accepted): OutMessage[] {
  return reply ? [replyMessage(reply, type, body)] : []
}
