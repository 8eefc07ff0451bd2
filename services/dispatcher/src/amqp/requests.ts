/**
 * Requests from the queue. One is acked when its commit is made, or when it is kept among the rejected with every
 * fault it has; whoever gave a `reply_to` is told either way.
 */
import type { Delivery, Log, Outcome, Publisher } from '@carya/amqp'
import { badRequest, exchanges, limits, mayReplyTo, type AnswerType, type Problem } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { replyMessage } from '../domain/messages.ts'
import type { Reply } from '../domain/record.ts'
import type { AcceptRequest, Asking } from '../handlers/accept-request.ts'
import type { CancelRun } from '../handlers/cancel-run.ts'
import { decode } from './decode.ts'
import { isUndeliverable, outgoing } from './send.ts'

export type RequestParts = { accept: AcceptRequest; cancel: CancelRun; publisher: Publisher; log: Log }

const ANONYMOUS = 'anonymous'
/** AMQP's headers must fit a frame with the rest: the answer has it all. */
const REASON_BYTES = 4096

export function takeRequests({ accept, cancel, publisher, log }: RequestParts) {
  // one that is held and handled again here may have been committed the first time, with the answer lost
  const begun = new WeakSet<Delivery>()
  return async (delivery: Delivery): Promise<Outcome> => {
    const asking = askingOf(delivery, delivery.redelivered || begun.has(delivery))
    begun.add(delivery)
    const refused = replyRefused(delivery, asking.submitter)
    if (refused) return reject(delivery, undefined, 'run.rejected', refused)
    const decoded = decode(delivery, limits.requestBytes)
    if ('rejected' in decoded) return reject(delivery, asking.reply, 'run.rejected', decoded.rejected)
    const { body } = decoded
    switch (kindOf(body)) {
      case 'run': {
        const answer = await accept(body, asking)
        return 'rejected' in answer ? reject(delivery, asking.reply, 'run.rejected', answer.rejected) : 'ack'
      }
      case 'cancel': {
        const answer = await cancel(body)
        if ('rejected' in answer) return reject(delivery, asking.reply, 'cancel.rejected', answer.rejected)
        await tell(asking.reply, 'cancel.accepted', answer.accepted)
        return 'ack'
      }
      default: {
        const value = typeof body === 'object' && body !== null && 'kind' in body ? body.kind : undefined
        const problem = badRequest([{ path: 'kind', value, detail: 'run or cancel' }])
        return reject(delivery, asking.reply, 'run.rejected', problem)
      }
    }
  }

  /** Kept first, then told: a rejection that was told can be looked up. */
  async function reject(
    delivery: Delivery,
    reply: Reply | undefined,
    type: AnswerType,
    problem: Problem,
  ): Promise<Outcome> {
    log.warn({ submitter: delivery.userId, detail: problem.detail }, 'request rejected')
    await publisher.publish({
      exchange: exchanges.rejected,
      routingKey: '',
      body: delivery.body,
      properties: {
        ...delivery.properties,
        userId: undefined,
        // what is kept for an operator must not go when the request would have
        expiration: undefined,
        headers: {
          'carya-reason': JSON.stringify(problem.errors ?? problem.detail ?? problem.title).slice(
            0,
            REASON_BYTES,
          ),
          'carya-submitter': delivery.userId ?? ANONYMOUS,
        },
      },
    })
    await tell(reply, type, problem)
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
  const { replyTo, correlationId, messageId } = delivery.properties
  const submitter = delivery.userId ?? ANONYMOUS
  return {
    submitter,
    ...(replyTo === undefined || replyTo === ''
      ? {}
      : { reply: { to: replyTo, ...(correlationId === undefined ? {} : { correlationId }) } }),
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

function replyRefused(delivery: Delivery, submitter: string): Problem | undefined {
  const { replyTo } = delivery.properties
  if (replyTo === undefined || replyTo === '' || mayReplyTo(replyTo, submitter)) return undefined
  return badRequest([
    {
      path: 'reply_to',
      value: replyTo,
      detail: `direct reply-to, a queue named by the broker, or one named reply.${submitter}.…`,
    },
  ])
}

function kindOf(body: unknown): unknown {
  // anything that is no object is a run request with faults, which are named
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? Reflect.get(body, 'kind') : 'run'
}
