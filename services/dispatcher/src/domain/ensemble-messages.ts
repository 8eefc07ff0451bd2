/** The messages that a change of an ensemble causes: its event, the answers to those who asked for it, its lasting record. */
import {
  ensembleEventKey,
  exchanges,
  type AnswerType,
  type EnsembleEvent,
  type EnsembleView,
} from '@carya/contracts'
import {
  countsOf,
  ensembleView,
  type EnsembleRecord,
  type EnsembleSpec,
  type MemberFacts,
  type MembersOut,
} from './ensemble-record.ts'
import { replyMessage, type OutMessage } from './messages.ts'

/** What of a record is written down again when it changes: all that somebody has decided, and what became of it. */
const LASTING = [
  'state',
  'round',
  'cancelRequested',
  'givenUp',
  'priority',
  'maxParallel',
  'results',
] as const

export type EnsembleScene = { spec: EnsembleSpec; facts: MemberFacts; out: MembersOut }

/** What is told of a change, to be committed with it. `before` is absent of a new one. */
export function ensembleMessages(
  before: EnsembleRecord | undefined,
  after: EnsembleRecord,
  { spec, facts, out }: EnsembleScene,
  installation: string,
  now: string,
): OutMessage[] {
  if (before && LASTING.every((field) => before[field] === after[field])) return []
  const view = ensembleView(after, spec, facts, out)
  const record = recordMessage(view, after, spec)
  if (before?.state === after.state) return [record]
  return [ensembleEvent(after, facts, out, installation, now), ...endReplies(after, view), record]
}

/** The end, to everybody who asked for it; run again, an ensemble ends once more, and tells it by its event only. */
function endReplies(record: EnsembleRecord, view: EnsembleView): OutMessage[] {
  const { state } = record
  if (state === 'checking' || state === 'running' || state === 'paused' || record.round > 0) return []
  const type: AnswerType = `ensemble.${state}`
  return record.replies.map((reply) => replyMessage(reply, type, view))
}

/**
 * Has `ensemble.json` written into the store: with what was pinned, so that each member can be made again, and with the
 * record, so that the ensemble goes on should Redis forget it.
 */
function recordMessage(view: EnsembleView, record: EnsembleRecord, spec: EnsembleSpec): OutMessage {
  return {
    lane: 'records',
    exchange: '',
    routingKey: view.id,
    type: 'ensemble.json',
    body: { ...view, spec, record },
    mandatory: false,
  }
}

function ensembleEvent(
  record: EnsembleRecord,
  facts: MemberFacts,
  out: MembersOut,
  installation: string,
  now: string,
): OutMessage {
  const { id, state, version, model, submitter, labels } = record
  const event: EnsembleEvent = {
    specversion: '1.0',
    id: `${id}/${version}`,
    source: `/carya/${installation}`,
    type: `carya.ensemble.${state}`,
    subject: id,
    time: now,
    datacontenttype: 'application/json',
    data: { id, state, version, model, submitter, labels, members: countsOf(record, facts, out) },
  }
  return {
    lane: 'world',
    exchange: exchanges.events,
    routingKey: ensembleEventKey(state, model),
    type: event.type,
    body: event,
    messageId: event.id,
    mandatory: false,
  }
}
