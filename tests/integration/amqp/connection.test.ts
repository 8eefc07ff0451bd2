import { BrokerClosed, type Delivery } from '@carya/amqp'
import { describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { api, bytes, QUORUM, setUp, take, text } from './setting.ts'

const message = (body: string) => ({ exchange: '', routingKey: 'q', body: bytes(body) })

describe.concurrent('when the connection is lost', () => {
  test('a message in flight is sent again, with the same id, and confirmed', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await s.broker.ready()
    const publisher = s.broker.openPublisher()
    await publisher.publish(message('before'))
    await take(s.channel, 'q')
    s.proxy.lose('toClient')
    const publishing = publisher.publish(message('in flight'))
    const first = await take(s.channel, 'q') // it arrived, but its confirm is lost
    s.proxy.deliver()
    s.proxy.cut()
    await publishing
    const second = await take(s.channel, 'q')
    expect(second.content.toString()).toBe('in flight')
    expect(second.properties.messageId).toBe(first.properties.messageId)
  })

  test('messages published meanwhile wait, and all arrive in their order', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await s.broker.ready()
    const publisher = s.broker.openPublisher()
    s.proxy.refuse()
    s.proxy.cut()
    await until('it is noticed', () => s.broker.state().publish === 'down')
    const waiting = Array.from({ length: 50 }, (_, n) => publisher.publish(message(String(n))))
    s.proxy.accept()
    await Promise.all(waiting)
    for (let n = 0; n < 50; n += 1) expect((await take(s.channel, 'q')).content.toString()).toBe(String(n))
  })

  test('a publisher that waits can be told to give up', async () => {
    await using s = await setUp({ url: 'amqp://127.0.0.1:1' })
    const publisher = s.broker.openPublisher()
    const giveUp = new AbortController()
    const waiting = publisher.publish(message('x'), giveUp.signal)
    giveUp.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await expect(publisher.publish(message('x'), giveUp.signal)).rejects.toThrow('enough')
  })

  test('consumers go on, and unanswered deliveries come again', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const seen: Delivery[] = []
    const outdated = Promise.withResolvers<void>()
    s.broker.openConsumer({
      queue: 'q',
      prefetch: 10,
      handle: async (delivery, signal) => {
        seen.push(delivery)
        if (seen.length > 1) return 'ack'
        signal.addEventListener('abort', () => outdated.resolve())
        await outdated.promise
        return 'ack' // too late: nobody hears it
      },
    })
    s.channel.sendToQueue('q', Buffer.from('one'))
    await until('it is in hand', () => seen.length === 1)
    s.proxy.cut()
    await outdated.promise
    await until('it comes again', () => seen.length === 2)
    expect(seen.map((d) => [text(d), d.redelivered, d.deliveryCount])).toEqual([
      ['one', false, 0],
      ['one', true, 1],
    ])
  })

  test('by order of an administrator, all goes on too', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const seen: string[] = []
    s.broker.openConsumer({ queue: 'q', prefetch: 10, handle: async (d) => (seen.push(text(d)), 'ack') })
    const publisher = s.broker.openPublisher()
    await publisher.publish(message('before'))
    const names = await until('both are listed', async () => {
      const all = await api.connections(s.vhost.name)
      const ours = all.filter((connection) => connection.user_provided_name?.startsWith('test '))
      return ours.length === 2 && ours.map((connection) => connection.name)
    })
    const states: string[] = []
    s.broker.onChange(() => states.push(JSON.stringify(s.broker.state())))
    await Promise.all(names.map((name) => api.closeConnection(name)))
    await until('both were lost', () =>
      states.some((state) => state === '{"publish":"down","consume":"down"}'),
    )
    await publisher.publish(message('after'))
    await until('both arrived', () => seen.length >= 2)
    expect(new Set(seen)).toEqual(new Set(['before', 'after']))
  })

  test('because the broker has gone silent, that is noticed by its missing heartbeats', async () => {
    await using s = await setUp({ heartbeatSeconds: 1 })
    await s.broker.ready()
    s.proxy.stall()
    await until(
      'it is noticed',
      () => s.broker.state().consume === 'down' && s.broker.state().publish === 'down',
    )
    s.proxy.flow()
    await s.broker.ready()
  })
})

describe.concurrent('a broker', () => {
  test('may be disposed of before it was reached, and twice', async () => {
    await using s = await setUp({ url: 'amqp://127.0.0.1:1' })
    const { broker } = s
    const ready = expect(broker.ready()).rejects.toThrow(BrokerClosed)
    const publishing = broker.openPublisher().publish(message('x'))
    const refused = expect(publishing).rejects.toThrow(BrokerClosed)
    const consumer = broker.openConsumer({ queue: 'q', prefetch: 1, handle: async () => 'ack' })
    broker.declare([(channel) => channel.assertQueue('q')])
    await Promise.all([broker[Symbol.asyncDispose](), broker[Symbol.asyncDispose]()])
    await broker[Symbol.asyncDispose]()
    await Promise.all([ready, refused])
    expect(consumer.state()).toBe('closed')
    expect(() => broker.openPublisher()).toThrow(BrokerClosed)
  })

  test('may be disposed of while it connects, at any moment', async () => {
    for (const delay of [0, 1, 2, 3, 5, 8, 13, 21]) {
      await using s = await setUp()
      const publishing = s.broker.openPublisher().publish(message('x'))
      publishing.catch(() => {})
      s.broker.openConsumer({ queue: 'q', prefetch: 1, handle: async () => 'ack' })
      const due = performance.now() + delay
      await until('the moment has come', () => performance.now() >= due)
    }
  })

  test('waits no longer than its patience for one that does not answer', async () => {
    await using s = await setUp({ connectTimeoutMs: 200 })
    s.proxy.stall()
    await s.broker[Symbol.asyncDispose]()
  })

  test('is not ready before the signal says that it is too late', async () => {
    await using s = await setUp({ url: 'amqp://127.0.0.1:1' })
    await expect(s.broker.ready(AbortSignal.timeout(50))).rejects.toThrow(/timeout/)
  })
})
