/**
 * A request becomes an ensemble, as one becomes a run (accept-request.ts): checked, pinned and committed in one go,
 * whatever the number of its members, of which none comes into being yet. One whose table is in a file is `checking`
 * until that has been read.
 */
import {
  badRequest,
  EnsembleRequest,
  errorsOf,
  isEnded,
  newId,
  type EnsembleAccepted,
  type EnsemblePreview,
  type Problem,
} from '@carya/contracts'
import { compileDesign } from '@carya/ensemble'
import { createHash } from 'node:crypto'
import { acceptEnsemble as pinned, ensembleAccepted, type NewEnsemble } from '../domain/accept-ensemble.ts'
import { ensembleMessages } from '../domain/ensemble-messages.ts'
import { namedVersions } from '../domain/ensemble-versions.ts'
import { ensembleView, NO_MEMBERS } from '../domain/ensemble-record.ts'
import { replyMessage, type OutMessage } from '../domain/messages.ts'
import type { Reply } from '../domain/record.ts'
import { canonical, withReply } from '../domain/submission.ts'
import type { EnsembleStore } from '../ensemble-ports.ts'
import type { Clock, ModelStore, RunStore } from '../ports.ts'
import { findModel, findVersions, fullProblem } from './find-model.ts'
import { submissionOf, submitOnce, type Answer, type Asking } from './submit-once.ts'

export type AcceptEnsembleParts = {
  runs: Pick<RunStore, 'keyed'>
  ensembles: EnsembleStore
  models: ModelStore
  clock: Clock
  installation: string
  poke: (pool: string) => void
  /** its table is to be read */
  check: (id: string) => void
  full: () => string | undefined
}

export type AcceptEnsemble = (body: unknown, asking: Asking) => Promise<Answer<EnsembleAccepted>>
export type PreviewEnsemble = (body: unknown) => Promise<{ preview: EnsemblePreview } | { rejected: Problem }>

/** Members that a preview shows. */
const SHOWN = 10
const NOBODY = { queued: 0, running: 0 }

export function acceptEnsemble(parts: AcceptEnsembleParts): {
  accept: AcceptEnsemble
  preview: PreviewEnsemble
} {
  const { runs, ensembles, models, clock, installation, poke, check, full } = parts

  async function pin(
    request: EnsembleRequest,
    asked: { submitter: string; reply?: Reply },
  ): Promise<NewEnsemble | { rejected: Problem }> {
    const found = await findModel(models, request)
    if ('rejected' in found) return found
    const { registered, all } = await findVersions(models, found.model, namedVersions(request))
    const made = pinned(request, found.model, { id: newId('e'), at: clock.iso(), ...asked }, registered, all)
    return 'errors' in made ? { rejected: badRequest(made.errors) } : made
  }

  /** The same request again: the state now, and the end to this asker too (H14). Undefined if it is gone. */
  async function joined(id: string, reply: Reply | undefined): Promise<Answer<EnsembleAccepted> | undefined> {
    for (;;) {
      const record = await ensembles.read(id)
      const spec = record && (await ensembles.spec(record))
      if (!record || !spec) return undefined
      const accepted = ensembleAccepted(record, spec, true)
      if (!reply) return { accepted }
      const ended = isEnded(record.state)
      const [facts, out] = await Promise.all([ensembles.facts(id), ensembles.out(record)])
      const messages = [
        replyMessage(reply, 'ensemble.accepted', accepted),
        ...(ended ? [endTo(reply, ensembleView(record, spec, facts, out))] : []),
      ]
      const replies = ended ? record.replies : withReply(record.replies, reply)
      const after = { ...record, replies, version: record.version + 1 }
      if ((await ensembles.change(record, after, messages)) === 'done') return { accepted }
    }
  }

  return {
    async accept(body, asking) {
      const parsed = EnsembleRequest.safeParse(body)
      if (!parsed.success) return { rejected: badRequest(errorsOf(parsed.error, body)) }
      const request = parsed.data
      const { submitter, reply } = asking
      const hash = createHash('sha256').update(canonical(request)).digest('base64url')
      return submitOnce<EnsembleAccepted>(runs, {
        request,
        asking,
        body: hash,
        join: (id) => joined(id, reply),
        async pin() {
          const why = fullProblem(full)
          if (why) return { rejected: why }
          const made = await pin(request, { submitter, ...(reply ? { reply } : {}) })
          if ('rejected' in made) return made
          const { record, spec } = made
          const accepted = ensembleAccepted(record, spec, false)
          const scene = { spec, facts: NO_MEMBERS, out: NOBODY }
          return {
            create(key) {
              const submission = submissionOf(key, hash)
              // what the store keeps of it has the key too
              const keyed = submission ? { ...record, submission } : record
              const out: OutMessage[] = [
                ...(reply ? [replyMessage(reply, 'ensemble.accepted', accepted)] : []),
                ...ensembleMessages(undefined, keyed, scene, installation, record.createdAt),
              ]
              return ensembles.create({ spec, record: keyed }, key, hash, out)
            },
            done() {
              if (record.state === 'checking') check(record.id)
              else poke(record.pool)
              return accepted
            },
          }
        },
      })
    },

    async preview(body) {
      const parsed = EnsembleRequest.safeParse(body)
      if (!parsed.success) return { rejected: badRequest(errorsOf(parsed.error, body)) }
      const made = await pin(parsed.data, { submitter: '' })
      if ('rejected' in made) return made
      const { record, spec } = made
      const { members } = record
      const values = spec.table ? undefined : compileDesign(spec.design)
      const shown = values ? Math.min(SHOWN, members ?? 0) : 0
      const first = Array.from({ length: shown }, (_, index) => ({ index, ...values!(index) }))
      return {
        preview: {
          ...(members === undefined ? {} : { members }),
          notes: spec.notes,
          varied: spec.varied,
          first,
        },
      }
    },
  }
}

function endTo(reply: Reply, view: ReturnType<typeof ensembleView>): OutMessage {
  const { state } = view
  if (state === 'checking' || state === 'running' || state === 'paused') throw new Error(`${view.id} goes on`)
  return replyMessage(reply, `ensemble.${state}`, view)
}
