/** A plain AMQP client that submits runs and hears the answers: nothing of ours but names and bytes. */
import { randomUUID } from 'node:crypto'
import { EventEmitter, on } from 'node:events'
import { openAmqpClient } from './amqp-client.ts'

export type Answer = {
  type: string
  body: Record<string, never> & { [field: string]: unknown }
  correlationId: string
}
export type Submitter = AsyncDisposable & {
  /** Publishes a request as it is; answers what came for its correlation id so far and later. */
  send(request: unknown, properties?: Record<string, unknown>): Asked
}
export type Asked = { correlationId: string; answer(...types: string[]): Promise<Answer> }

const ANSWER_MS = 90_000

/** Connects with a submitter's URL; answers come by direct reply-to. */
export async function openSubmitter(url: string): Promise<Submitter> {
  const client = await openAmqpClient(`${url}?heartbeat=10`)
  const { channel } = client
  const user = decodeURIComponent(new URL(url).username)
  const news = new EventEmitter().setMaxListeners(0)
  const answers: Answer[] = []
  client.onLost(() => news.emit('answer'))
  await channel.consume(
    'amq.rabbitmq.reply-to',
    (message) => {
      if (!message) return
      const { type, correlationId } = message.properties
      answers.push({ type, correlationId, body: JSON.parse(message.content.toString()) })
      news.emit('answer')
    },
    { noAck: true },
  )

  async function answer(correlationId: string, types: string[]): Promise<Answer> {
    const found = () =>
      answers.find(
        (each) => each.correlationId === correlationId && (types.length === 0 || types.includes(each.type)),
      )
    const wanted = types.join(' or ') || 'an answer'
    const later = on(news, 'answer', { signal: AbortSignal.timeout(ANSWER_MS) })
    for (;;) {
      const now = found()
      if (now) {
        await later.return?.()
        return now
      }
      // answers come to this connection or never
      if (client.lost())
        throw new Error(`lost the connection that waits for ${wanted}`, { cause: client.lost() })
      await later.next().catch((cause: unknown) => {
        throw new Error(`waited ${ANSWER_MS} ms in vain for ${wanted}`, { cause })
      })
    }
  }

  return {
    send(request, properties = {}) {
      const correlationId = randomUUID()
      const body = Buffer.isBuffer(request) ? request : Buffer.from(JSON.stringify(request))
      channel.publish('carya.requests', '', body, {
        replyTo: 'amq.rabbitmq.reply-to',
        correlationId,
        userId: user,
        contentType: 'application/json',
        mandatory: true,
        ...properties,
      })
      return { correlationId, answer: (...types) => answer(correlationId, types) }
    },
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}
