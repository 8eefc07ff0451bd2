/**
 * Requests from the queue. One is acked when its commit is made, or when it is kept among the rejected with every
 * fault it has; whoever gave a `reply_to` is told either way.
 */
import type { Delivery, Log, Publisher } from '@carya/amqp'
import {
  badRequest,
  fault,
  faultsOfJson,
  limits,
  mayReplyTo,
  problem,
  type AnswerType,
  type Problem,
  type ProblemError,
} from '@carya/contracts'
import { createHash } from 'node:crypto'
import { replyMessage } from '../domain/messages.ts'
import type { Reply } from '../domain/record.ts'
import type { AcceptEnsemble } from '../handlers/accept-ensemble.ts'
import type { AcceptRequest } from '../handlers/accept-request.ts'
import type { Asking } from '../handlers/submit-once.ts'
import type { CancelRun } from '../handlers/cancel-run.ts'
import { decode } from './decode.ts'
import { patiently, type Handle, type Patience } from './patience.ts'
import { ANONYMOUS, type Keep } from './rejected.ts'
import { isUndeliverable, outgoing } from './send.ts'

export type RequestParts = {
  accept: AcceptRequest
  acceptEnsemble: AcceptEnsemble
  cancel: CancelRun
  publisher: Publisher
  keep: Keep
  isAway: Patience['isAway']
  log: Log
}

export function takeRequests(parts: RequestParts): Handle {
  const { accept, acceptEnsemble, cancel, publisher, keep, isAway, log } = parts
  // one that is held and handled again here may have been committed the first time, with the answer lost
  const begun = new WeakSet<Delivery>()
  return patiently(take, { isAway, giveUp })

  async function take(delivery: Delivery): Promise<'ack'> {
    const asking = askingOf(delivery, delivery.redelivered || begun.has(delivery))
    begun.add(delivery)
    const wrong = faultsOfProperties(delivery, asking.submitter)
    if (wrong.length > 0) return reject(delivery, asking.reply, 'run.rejected', badRequest(wrong))
    const decoded = decode(delivery, limits.requestBytes)
    if ('rejected' in decoded) return reject(delivery, asking.reply, 'run.rejected', decoded.rejected)
    const { body } = decoded
    const unfit = faultsOfJson(body)
    if (unfit.length > 0) return reject(delivery, asking.reply, rejection(body), badRequest(unfit))
    switch (kindOf(body)) {
      case 'run': {
        const answer = await accept(body, asking)
        return 'rejected' in answer ? reject(delivery, asking.reply, 'run.rejected', answer.rejected) : 'ack'
      }
      case 'ensemble': {
        const answer = await acceptEnsemble(body, asking)
        if (!('rejected' in answer)) return 'ack'
        return reject(delivery, asking.reply, 'ensemble.rejected', answer.rejected)
      }
      case 'cancel': {
        const answer = await cancel(body)
        if ('rejected' in answer) return reject(delivery, asking.reply, 'cancel.rejected', answer.rejected)
        await tell(asking.reply, 'cancel.accepted', answer.accepted)
        return 'ack'
      }
      default: {
        const unknown = badRequest([fault(['kind'], body, 'run, ensemble or cancel')])
        return reject(delivery, asking.reply, 'run.rejected', unknown)
      }
    }
  }

  /** A fault of ours, which this request brings out each time it is handled. */
  async function giveUp(delivery: Delivery, err: unknown): Promise<'ack'> {
    log.error({ err, submitter: delivery.userId }, 'a request cannot be handled: it is given up')
    const decoded = decode(delivery, limits.requestBytes)
    const type = rejection('body' in decoded ? decoded.body : undefined)
    const detail = 'it is kept for the operator of the service, with what went wrong'
    const ours = problem(500, 'internal', 'The service could not handle this request', detail)
    return reject(
      delivery,
      askingOf(delivery, true).reply,
      type,
      ours,
      `could not be handled: ${String(err)}`,
    )
  }

  /** Kept first, then told: a rejection that was told can be looked up. */
  async function reject(
    delivery: Delivery,
    reply: Reply | undefined,
    type: AnswerType,
    what: Problem,
    reason = JSON.stringify(what.errors ?? what.detail ?? what.title),
  ): Promise<'ack'> {
    log.warn({ submitter: delivery.userId, detail: what.detail }, 'request rejected')
    await keep(delivery, reason)
    await tell(reply, type, what)
    return 'ack'
  }

  async function tell(reply: Reply | undefined, type: AnswerType, body: Parameters<typeof replyMessage>[2]) {
    if (!reply) return
    try {
      await publisher.publish(outgoing(replyMessage(reply, type, body)))
    } catch (err) {
      if (!isUndeliverable(err)) throw err
      log.warn({ err, to: reply.to }, 'reply dropped: nobody takes it')
    }
  }
}

/** `again`: it was handled before, here or elsewhere, with an unknown outcome (H13). */
function askingOf(delivery: Delivery, again: boolean): Asking {
  const { messageId } = delivery.properties
  const submitter = delivery.userId ?? ANONYMOUS
  const reply = replyOf(delivery, submitter)
  return {
    submitter,
    ...(reply ? { reply } : {}),
    ...(messageId === undefined || messageId === ''
      ? { hash: { value: hashOf(delivery, submitter), again } }
      : { messageId }),
  }
}

/** What makes a message this message and no other, as far as that can be told without an id. */
function hashOf({ body, properties }: Delivery, submitter: string): string {
  const { replyTo, correlationId, timestamp } = properties
  return createHash('sha256')
    .update(JSON.stringify([submitter, replyTo, correlationId, timestamp]))
    .update(body)
    .digest('base64url')
}

/** Bytes that are no UTF-8 have become this: who put them there would not know them again. */
const isGarbled = (word: string | undefined): boolean => word?.includes('\uFFFD') ?? false

/** Where the answer goes, if that is somewhere we may write. */
function replyOf({ properties }: Delivery, submitter: string): Reply | undefined {
  const { replyTo, correlationId } = properties
  if (replyTo === undefined || !mayReplyTo(replyTo, submitter) || isGarbled(replyTo)) return undefined
  return {
    to: replyTo,
    ...(correlationId === undefined || isGarbled(correlationId) ? {} : { correlationId }),
  }
}

function faultsOfProperties({ properties }: Delivery, submitter: string): ProblemError[] {
  const { replyTo, correlationId, messageId } = properties
  const found = { reply_to: replyTo, correlation_id: correlationId, message_id: messageId }
  const garbled = Object.entries(found).filter(([, word]) => isGarbled(word))
  const own = `direct reply-to, a queue named by the broker, or one named reply.${submitter}.…`
  const isTheirs = replyTo !== undefined && replyTo !== '' && !mayReplyTo(replyTo, submitter)
  return [
    ...garbled.map(([name]) => fault([name], found, 'text in UTF-8: these bytes are not')),
    ...(isTheirs ? [fault(['reply_to'], found, own)] : []),
  ]
}

function rejection(body: unknown): AnswerType {
  const kind = kindOf(body)
  return kind === 'cancel' || kind === 'ensemble' ? `${kind}.rejected` : 'run.rejected'
}

function kindOf(body: unknown): unknown {
  // anything that is no object is a run request with faults, which are named
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? Reflect.get(body, 'kind') : 'run'
}
