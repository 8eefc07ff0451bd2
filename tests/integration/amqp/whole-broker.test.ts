/** What happens to a whole broker, so these tests have one of their own: it is short of memory, restarts, loses patience. */
import type { Delivery } from '@carya/amqp'
import { expect, test } from 'vitest'
import { brokerApi } from '../../support/broker-api.ts'
import { execIn, startRabbit } from '../../support/containers.ts'
import { until } from '../../support/until.ts'
import { bytes, QUORUM, setUp, take, text } from './setting.ts'

async function ownBroker(settings?: string) {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startRabbit(settings))
  const s = stack.use(await setUp({}, server.amqpUrl, brokerApi(server.managementUrl)))
  const rabbitmqctl = (...args: string[]) => execIn(server.containerId, ['rabbitmqctl', ...args])
  const owned = stack.move()
  return { ...s, rabbitmqctl, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const message = (queue: string, body: string) => ({ exchange: '', routingKey: queue, body: bytes(body) })

test('while the broker is short of memory publishes wait, and acks still count', async () => {
  await using s = await ownBroker()
  await s.channel.assertQueue('out', { arguments: QUORUM })
  await s.channel.assertQueue('in', { arguments: QUORUM })
  for (const body of ['1', '2', '3']) s.channel.sendToQueue('in', Buffer.from(body))
  await s.channel.waitForConfirms()
  const publisher = s.broker.openPublisher()
  await publisher.publish(message('out', 'before'))

  await s.rabbitmqctl('set_vm_memory_high_watermark', '0')
  let confirmed = false
  const waiting = publisher.publish(message('out', 'meanwhile')).then(() => (confirmed = true))
  await until('it is blocked', () => s.broker.state().publish === 'blocked')
  const later = publisher.publish(message('out', 'later'))

  const seen: Delivery[] = []
  s.broker.openConsumer({ queue: 'in', prefetch: 1, handle: async (d) => (seen.push(d), 'ack') })
  await until('each ack has brought the next', () => seen.length === 3)
  const late = s.broker.openPublisher() // even opening a channel waits
  const fromLate = late.publish(message('out', 'from another'))
  expect(confirmed).toBe(false)
  expect(s.broker.state()).toEqual({ publish: 'blocked', consume: 'up' })

  await s.rabbitmqctl('set_vm_memory_high_watermark', '0.6')
  await Promise.all([waiting, later, fromLate])
  expect(s.broker.state().publish).toBe('up')
  const arrived = [await take(s.channel, 'out'), await take(s.channel, 'out'), await take(s.channel, 'out')]
  expect(arrived.map((m) => m.content.toString())).toEqual(['before', 'meanwhile', 'later'])
})

test('a blocked broker can be disposed of', async () => {
  await using s = await ownBroker()
  await s.channel.assertQueue('q', { arguments: QUORUM })
  const publisher = s.broker.openPublisher()
  await publisher.publish(message('q', 'before'))
  await s.rabbitmqctl('set_vm_memory_high_watermark', '0')
  const waiting = expect(publisher.publish(message('q', 'x'))).rejects.toMatchObject({
    code: 'BROKER_CLOSED',
  })
  await until('it is blocked', () => s.broker.state().publish === 'blocked')
  await s.broker[Symbol.asyncDispose]()
  await waiting
  await s.rabbitmqctl('set_vm_memory_high_watermark', '0.6')
})

test('a broker that restarts loses nothing confirmed, and all goes on', async () => {
  await using s = await ownBroker()
  s.broker.declare([(channel) => channel.assertQueue('q', { arguments: QUORUM })])
  await s.broker.ready()
  const publisher = s.broker.openPublisher()
  const seen = new Set<string>()
  s.broker.openConsumer({ queue: 'q', prefetch: 50, handle: async (d) => (seen.add(text(d)), 'ack') })
  const confirmed: string[] = []
  const restarted = new AbortController()
  const publishing = (async () => {
    for (let n = 0; !restarted.signal.aborted || n < 100; n += 1) {
      await publisher.publish(message('q', String(n)))
      confirmed.push(String(n))
    }
  })()
  await until('it is under way', () => confirmed.length > 20)
  await s.rabbitmqctl('stop_app')
  await s.rabbitmqctl('start_app')
  await s.broker.ready()
  restarted.abort()
  await publishing
  await until('all have arrived', () => confirmed.every((body) => seen.has(body)))
})

test('a delivery held longer than the broker waits comes again on a new channel', async () => {
  await using s = await ownBroker('consumer_timeout = 2000\n')
  // it looks only every minute otherwise; read when a channel is opened
  await s.rabbitmqctl('eval', 'application:set_env(rabbit, channel_tick_interval, 500).')
  await s.channel.assertQueue('q', { arguments: QUORUM })
  const outdated = Promise.withResolvers<void>()
  const seen: Delivery[] = []
  s.broker.openConsumer({
    queue: 'q',
    prefetch: 1,
    handle: async (delivery, signal) => {
      seen.push(delivery)
      if (seen.length > 1) return 'ack'
      signal.addEventListener('abort', () => outdated.resolve())
      await outdated.promise
      return 'ack'
    },
  })
  s.channel.sendToQueue('q', Buffer.from('slow'))
  await outdated.promise
  await until('it comes again', () => seen.length === 2)
  expect(seen[1]?.redelivered).toBe(true)
})
