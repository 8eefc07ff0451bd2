/**
 * What each test here works in: a vhost of its own, a proxy before the broker that can cut and stall, the library's
 * broker behind that proxy, and a plain amqplib channel straight to the server to look at what really happened.
 */
import { openBroker, type BrokerOptions, type Delivery, type Log } from '@carya/amqp'
import { connect, type Channel, type GetMessage } from 'amqplib'
import { inject } from 'vitest'
import { brokerApi, useVhost } from '../../support/broker-api.ts'
import { Proxy } from '../../support/proxy.ts'
import { until } from '../../support/until.ts'

export type LogLine = { level: keyof Log; message: string; fields: object }

export const api = brokerApi(inject('amqpManagementUrl'))
export const QUORUM = { 'x-queue-type': 'quorum', 'x-delivery-limit': 20 }

export function recordingLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = []
  const at = (level: keyof Log) => (fields: object, message: string) =>
    void lines.push({ level, message, fields })
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}

export type Setting = Awaited<ReturnType<typeof setUp>>

export async function setUp(
  options: Partial<BrokerOptions> = {},
  amqpUrl = inject('amqpUrl'),
  management = api,
) {
  await using stack = new AsyncDisposableStack()
  const vhost = stack.use(await useVhost(management, amqpUrl))
  const raw = await connect(vhost.amqpUrl, { noDelay: true })
  stack.defer(() => raw.close().catch(() => {})) // a test may have ended it
  raw.on('error', () => {})
  const channel = await raw.createConfirmChannel()
  const proxy = stack.use(await Proxy.to(vhost.amqpUrl))
  // nothing of ours may stay behind: checked after the broker was disposed of, before the proxy cuts what is left
  stack.defer(async () => void (await until('no connection is left open', () => proxy.connections === 0)))
  const log = recordingLog()
  const broker = stack.use(openBroker({ url: proxy.url, name: 'test', log, ...options }))
  const owned = stack.move()
  return {
    vhost,
    proxy,
    /** Of the broker: 3.1, 4, 4.3 … */
    version: Number.parseFloat(raw.connection.serverProperties.version),
    log,
    broker,
    /** Straight to the server. */
    channel,
    logged: (message: string) => log.lines.filter((line) => line.message === message),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Takes the next message out of a queue, as soon as there is one. */
export function take(channel: Channel, queue: string): Promise<GetMessage> {
  return until(`there is a message in ${queue}`, () => channel.get(queue, { noAck: true }))
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
export const text = (delivery: Delivery): string => delivery.body.toString()
