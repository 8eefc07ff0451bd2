/** A plain AMQP client that submits runs and hears the answers: nothing of ours but names and bytes. */
import { connect } from 'amqplib'
import { randomUUID } from 'node:crypto'
import { EventEmitter, on } from 'node:events'

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

/** Connects with a submitter's URL; answers come by direct reply-to. */
export async function openSubmitter(url: string): Promise<Submitter> {
  const connection = await connect(`${url}?heartbeat=10`, { noDelay: true })
  const channel = await connection.createConfirmChannel()
  const user = decodeURIComponent(new URL(url).username)
  const news = new EventEmitter().setMaxListeners(0)
  const answers: Answer[] = []
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
    const later = on(news, 'answer', { signal: AbortSignal.timeout(60_000) })
    for (;;) {
      const now = found()
      if (now) {
        await later.return?.()
        return now
      }
      await later.next()
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
    async [Symbol.asyncDispose]() {
      await connection.close()
    },
  }
}
