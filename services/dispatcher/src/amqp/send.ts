/** Publishes what the outbox holds, and the few messages that need no memory. */
import type { Publisher, Outgoing } from '@carya/amqp'
import { MessageNacked, MessageRefused, MessageReturned } from '@carya/amqp'
import { DISPATCHER_USER, exchanges, SEQ_HEADER, type Expire, type Order } from '@carya/contracts'
import type { Log } from '@carya/amqp'
import { orderMessage, type OutMessage } from '../domain/messages.ts'
import type { Orders } from '../ports.ts'

/** A message as it goes on the wire. */
export function outgoing(message: OutMessage, seq?: number): Outgoing {
  const { exchange, routingKey, type, body, messageId, correlationId, mandatory } = message
  return {
    exchange,
    routingKey,
    body: Buffer.from(JSON.stringify(body)),
    mandatory,
    properties: {
      type,
      contentType: 'application/json',
      ...(messageId === undefined ? {} : { messageId }),
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(seq === undefined ? {} : { headers: { [SEQ_HEADER]: seq } }),
    },
  }
}

/** Orders outside any commit. A broker that is away loses none: the next heartbeat's answer repeats them. */
export function sendOrders(publisher: Publisher, log: Log): Orders {
  return {
    send(worker: string, orders: Order[], beat?: number) {
      if (orders.length === 0) return
      const message = { ...outgoing(orderMessage(worker, orders, beat)), persistent: false }
      publisher.publish(message, AbortSignal.timeout(5000)).catch((err: unknown) => {
        log.debug({ err, worker }, 'orders not delivered, the next answer repeats them')
      })
    },
  }
}

/** Publishes a sweep's verdict among the reports, where a final report that is waiting goes first (H6). */
export async function publishExpiry(publisher: Publisher, report: Expire): Promise<void> {
  const message = outgoing({
    lane: 'jobs',
    exchange: exchanges.reports,
    routingKey: '',
    type: 'expire',
    body: report,
    mandatory: true,
  })
  await publisher.publish({ ...message, properties: { ...message.properties, userId: DISPATCHER_USER } })
}

/** So often a reply is offered to a queue that refuses it, about a second apart. */
const MOST_TRIES = 5

/**
 * Whether a reply or event is dropped after it has failed so many times. A queue that refuses a reply may be full only
 * for the moment, or be choosing a leader. An event is not sent again: other queues than the one that refused it may
 * have taken it, and would hear it twice.
 */
export function isDropped(err: unknown, { exchange }: OutMessage, tries: number): boolean {
  if (err instanceof MessageNacked && exchange === '') return tries >= MOST_TRIES
  return isUndeliverable(err)
}

/** Whether nobody takes a message now, or ever. */
export function isUndeliverable(err: unknown): boolean {
  return err instanceof MessageReturned || err instanceof MessageNacked || err instanceof MessageRefused
}
