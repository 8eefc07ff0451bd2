/** What is kept among the rejected, where an operator finds it: the message as it came, why, and whose it is. */
import type { Delivery, Properties, Publisher } from '@carya/amqp'
import { exchanges } from '@carya/contracts'

/** Who sends without saying who he is. */
export const ANONYMOUS = 'anonymous'
/** AMQP's headers must fit a frame with the rest: an answer has it all. */
const REASON_LENGTH = 4096
/** A word among AMQP's properties. */
const WORD_BYTES = 255
const WORDS = [
  'type',
  'messageId',
  'correlationId',
  'replyTo',
  'contentType',
  'contentEncoding',
  'appId',
] as const

/** Resolves when the message is kept. */
export type Keep = (delivery: Delivery, reason: string) => Promise<void>

export function keepRejected(publisher: Publisher): Keep {
  return (delivery, reason) =>
    publisher.publish({
      exchange: exchanges.rejected,
      routingKey: '',
      body: delivery.body,
      properties: {
        ...sendable(delivery.properties),
        headers: {
          'carya-reason': reason.slice(0, REASON_LENGTH),
          'carya-submitter': delivery.userId ?? ANONYMOUS,
        },
      },
    })
}

/**
 * Of a message's properties those that tell what it was, and can be sent again: bytes that were no UTF-8 have become
 * longer, and a time can be any 64 bits. What is kept must not expire, nor can it be sent in another's name.
 */
export function sendable(properties: Properties): Properties {
  const words = WORDS.map((name) => [name, properties[name]] as const)
  const short = words.filter(([, word]) => word !== undefined && Buffer.byteLength(word) <= WORD_BYTES)
  const { timestamp } = properties
  return {
    ...Object.fromEntries(short),
    ...(Number.isSafeInteger(timestamp) ? { timestamp } : {}),
  }
}
