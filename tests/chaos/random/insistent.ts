/**
 * A submitter as a workflow system has it, in plain AMQP: each request has a key, and is sent again with it until its
 * end is told, over as many connections as that takes.
 */
import { connect, type ConfirmChannel } from 'amqplib'
import { setTimeout as pause } from 'node:timers/promises'

export type Wanted = {
  key: string
  request: object
  /** ids that it was accepted under: one, where all is well */
  ids: Set<string>
  /** ends that were told, each once */
  ends: Set<string>
  /** when it was sent last, of the monotonic clock */
  sentAt: number
  isRejected?: string
}

export type Insistent = AsyncDisposable & {
  /** Asks, and goes on asking until the end is there; returns at once. */
  want(key: string, request: object): void
  all(): readonly Wanted[]
}

const ENDS = /^run\.(succeeded|failed|cancelled)$/

/** Connects in the background, for ever. `again`: milliseconds after which what has no end is sent once more. */
export function openInsistent(url: string, again: number): Insistent {
  const wanted = new Map<string, Wanted>()
  const user = decodeURIComponent(new URL(url).username)
  let channel: ConfirmChannel | undefined
  const over = new AbortController()

  const send = (each: Wanted) => {
    each.sentAt = performance.now()
    const body = Buffer.from(JSON.stringify({ ...each.request, key: each.key }))
    const properties = { replyTo: 'amq.rabbitmq.reply-to', correlationId: each.key, userId: user }
    channel?.publish('carya.requests', '', body, {
      ...properties,
      contentType: 'application/json',
      mandatory: true,
    })
  }
  const open = () => [...wanted.values()].filter((each) => each.ends.size === 0 && !each.isRejected)
  const hear = (type: string, key: string, body: { id?: string }) => {
    const about = wanted.get(key)
    if (!about) return
    if (type === 'run.rejected') about.isRejected = JSON.stringify(body)
    if (body.id !== undefined) about.ids.add(body.id)
    if (ENDS.test(type)) about.ends.add(type)
  }

  async function connected(): Promise<void> {
    const connection = await connect(`${url}?heartbeat=5`, { noDelay: true })
    const closed = new Promise<void>((resolve) => connection.on('close', () => resolve()))
    connection.on('error', () => {}) // 'close' follows
    try {
      const opened = await connection.createConfirmChannel()
      opened.on('error', () => {})
      opened.on('close', () => void connection.close().catch(() => {}))
      await opened.consume(
        'amq.rabbitmq.reply-to',
        (message) => {
          if (!message) return
          const { type, correlationId } = message.properties
          hear(String(type), String(correlationId), JSON.parse(message.content.toString()))
        },
        { noAck: true },
      )
      channel = opened
      // answers to the old connection are lost with it
      for (const each of open()) send(each)
      const renewing = setInterval(() => {
        try {
          for (const each of open()) if (performance.now() - each.sentAt > again) send(each)
          if (over.signal.aborted) void connection.close().catch(() => {})
        } catch {
          void connection.close().catch(() => {}) // its channel is closed: another connection is made
        }
      }, 500)
      await closed
      clearInterval(renewing)
    } finally {
      channel = undefined
      await connection.close().catch(() => {})
    }
  }

  const running = (async () => {
    while (!over.signal.aborted) {
      await connected().catch(() => {}) // the broker is away: that is what it is for
      await pause(250)
    }
  })()

  return {
    want(key, request) {
      const each: Wanted = { key, request, ids: new Set(), ends: new Set(), sentAt: -Infinity }
      wanted.set(key, each)
      try {
        send(each)
      } catch {
        // the channel has just been closed: it is sent on the next one
      }
    },
    all: () => [...wanted.values()],
    async [Symbol.asyncDispose]() {
      over.abort()
      await running
    },
  }
}
