/**
 * Asking over the queue and hearing the answers, however late: they come to a durable queue of the asker's own, which
 * survives a lost connection (direct reply-to does not: what is answered meanwhile is gone, though confirmed) and goes
 * by itself some time after its asker.
 */
import { EventEmitter, on } from 'node:events'
import { abortable } from './abortable.ts'
import type { Broker } from './broker.ts'
import { BrokerClosed } from './errors.ts'
import type { Delivery, Outgoing } from './message.ts'

export type RepliesOptions = {
  /** The broker's user: only queues `reply.<user>.*` are taken as `reply_to`. */
  user: string
  /** How long the queue outlives the last connection to it; default a day. */
  expiresMs?: number
}

export type Replies = AsyncDisposable & {
  replyTo: string
  /**
   * Publishes the message with our `replyTo` and a correlation id of its own, and gives each answer as it comes (after
   * a loss of connection one may come twice): break off after the last one expected. Rejects as Publisher.publish does.
   */
  ask(message: Outgoing, signal?: AbortSignal): AsyncIterableIterator<Delivery>
}

const DAY_MS = 86_400_000

/** Opens a reply queue. Its consumer and publisher are the broker's, and end with it. */
export function openReplies(broker: Broker, { user, expiresMs = DAY_MS }: RepliesOptions): Replies {
  const replyTo = `reply.${user}.${crypto.randomUUID()}`
  const answers = new EventEmitter().setMaxListeners(0)
  const declared = Promise.withResolvers<void>()
  const ending = new AbortController()
  const publisher = broker.openPublisher()
  const consumer = broker.openConsumer({
    queue: replyTo,
    prefetch: 100,
    setup: async (channel) => {
      await channel.assertQueue(replyTo, {
        durable: true,
        arguments: { 'x-queue-type': 'classic', 'x-expires': expiresMs },
      })
      declared.resolve()
    },
    handle: async (delivery) => {
      answers.emit(eventOf(delivery.properties.correlationId), delivery)
      return 'ack'
    },
  })
  return {
    replyTo,
    async *ask(message, signal) {
      const over = signal ? AbortSignal.any([signal, ending.signal]) : ending.signal
      await abortable(declared.promise, over)
      const correlationId = crypto.randomUUID()
      const mine = on(answers, eventOf(correlationId), { signal: over })
      try {
        const properties = { ...message.properties, correlationId, replyTo }
        await publisher.publish({ ...message, properties }, over)
        for await (const [delivery] of mine) yield delivery
      } finally {
        await mine.return?.()
      }
    },
    async [Symbol.asyncDispose]() {
      ending.abort(new BrokerClosed('the reply queue was closed'))
      await consumer.close()
      await publisher[Symbol.asyncDispose]()
    },
  }
}

/** Who answers chooses the id: an event that is called `error` ends a process that does not wait for it. */
const eventOf = (correlationId: string | undefined): string => `to ${correlationId}`
