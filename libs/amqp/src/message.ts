import type { ConsumeMessage, Options } from 'amqplib'

/** AMQP's message properties that we use; `timestamp` in seconds, `expiration` in milliseconds. */
export type Properties = {
  type?: string | undefined
  messageId?: string | undefined
  correlationId?: string | undefined
  replyTo?: string | undefined
  contentType?: string | undefined
  contentEncoding?: string | undefined
  userId?: string | undefined
  appId?: string | undefined
  timestamp?: number | undefined
  expiration?: string | number | undefined
  priority?: number | undefined
  headers?: Record<string, unknown> | undefined
}

export type Outgoing = {
  exchange: string
  routingKey: string
  body: Uint8Array
  /** Whether a message for no queue comes back (default) or is lost without a word. */
  mandatory?: boolean
  /** Whether it survives a restart of the broker (default). */
  persistent?: boolean
  /** Without a `messageId` one is made up, so that receivers can tell doubles. */
  properties?: Properties
}

export type Delivery = {
  body: Buffer
  exchange: string
  routingKey: string
  redelivered: boolean
  /** How often it was delivered before, as quorum queues count; 0 where the queue does not count. */
  deliveryCount: number
  properties: Properties
  /** Who sent it, checked by the broker against the login; undefined if the sender did not say. */
  userId: string | undefined
}

const DIRECT_REPLY = 'amq.rabbitmq.reply-to.'

/**
 * `mandatory` is never set for direct reply-to: there brokers before 4.3 say "no route" even of messages they
 * delivered, and 4.3 does not say it even when the asker has gone.
 */
export function publishOptions({ routingKey, mandatory, persistent, properties }: Outgoing): Options.Publish {
  const direct = routingKey.startsWith(DIRECT_REPLY)
  return Object.assign<Options.Publish, Properties | undefined, Options.Publish>({}, properties, {
    mandatory: (mandatory ?? true) && !direct,
    persistent: persistent ?? true,
    messageId: properties?.messageId ?? crypto.randomUUID(),
  })
}

export function toDelivery({ content, fields, properties: given }: ConsumeMessage): Delivery {
  const properties: Properties = given
  const count = properties.headers?.['x-delivery-count']
  return {
    body: content,
    exchange: fields.exchange,
    routingKey: fields.routingKey,
    redelivered: fields.redelivered,
    deliveryCount: typeof count === 'number' ? count : 0,
    properties,
    userId: properties.userId,
  }
}

/** A view of the same bytes: nothing is copied. */
export function asBuffer(body: Uint8Array): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}
