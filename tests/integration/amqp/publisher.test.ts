import { BrokerClosed, MessageNacked, MessageRefused, MessageReturned } from '@carya/amqp'
import { describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { bytes, QUORUM, setUp, take } from './setting.ts'

const toQueue = (queue: string, body = 'x') => ({ exchange: '', routingKey: queue, body: bytes(body) })

describe.concurrent('a publisher', () => {
  test('resolves when the broker has confirmed the message, which has an id', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await s.broker.openPublisher().publish(toQueue('q', 'hello'))
    const message = await take(s.channel, 'q')
    expect(message.content.toString()).toBe('hello')
    expect(message.properties.messageId).toMatch(/^[0-9a-f-]{36}$/)
    expect(message.properties.deliveryMode).toBe(2)
  })

  test('rejects a message that no queue takes', async () => {
    await using s = await setUp()
    const publishing = s.broker.openPublisher().publish(toQueue('nowhere'))
    await expect(publishing).rejects.toThrow(MessageReturned)
    await expect(publishing).rejects.toMatchObject({
      code: 'MESSAGE_RETURNED',
      replyCode: 312,
      replyText: 'NO_ROUTE',
    })
  })

  test('tells returned messages from delivered ones in the same breath', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const publisher = s.broker.openPublisher()
    const all = Array.from({ length: 200 }, (_, n) => publisher.publish(toQueue(n % 2 ? 'q' : 'nowhere')))
    const outcomes = await Promise.allSettled(all)
    expect(outcomes.map((o) => o.status)).toEqual(outcomes.map((_, n) => (n % 2 ? 'fulfilled' : 'rejected')))
  })

  test('rejects a message that a full queue refuses', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('full', {
      arguments: { ...QUORUM, 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    })
    const publisher = s.broker.openPublisher()
    const untilRefused = async () => {
      for (;;) await publisher.publish(toQueue('full'))
    }
    await expect(untilRefused()).rejects.toThrow(MessageNacked)
  })

  test('does not ask for the return of direct replies, of which brokers say the wrong thing', async () => {
    await using s = await setUp()
    const replies: string[] = []
    await s.channel.consume('amq.rabbitmq.reply-to', (m) => m && replies.push(m.content.toString()), {
      noAck: true,
    })
    await s.channel.assertQueue('asked')
    s.channel.publish('', 'asked', Buffer.from('?'), { replyTo: 'amq.rabbitmq.reply-to' })
    const { properties } = await take(s.channel, 'asked')
    await s.broker.openPublisher().publish(toQueue(properties.replyTo, 'answer'))
    expect(await until('the answer comes', () => replies[0])).toBe('answer')
  })

  test('keeps messages for a missing exchange until it is declared, and lets others go on', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const publisher = s.broker.openPublisher()
    const early = Array.from({ length: 5 }, (_, n) =>
      publisher.publish({ exchange: 'later', routingKey: '', body: bytes(`early ${n}`) }),
    )
    await until('it is found missing', () => s.logged('no such exchange, its messages wait').length > 0)
    await Promise.all(Array.from({ length: 100 }, (_, n) => publisher.publish(toQueue('q', `other ${n}`))))

    // bound through an alternate exchange, so that `later` leads somewhere from its first moment
    await s.channel.assertExchange('behind', 'fanout')
    await s.channel.assertQueue('late', { arguments: QUORUM })
    await s.channel.bindQueue('late', 'behind', '')
    await s.channel.assertExchange('later', 'fanout', { alternateExchange: 'behind' })
    await Promise.all(early)
    const arrived = await Promise.all(early.map(() => take(s.channel, 'late')))
    const bodies = arrived.map((message) => message.content.toString())
    expect(bodies.toSorted()).toEqual(early.map((_, n) => `early ${n}`))
  })

  test('gives up on a missing exchange when its caller does', async () => {
    await using s = await setUp()
    const publisher = s.broker.openPublisher()
    const patience = new AbortController()
    const message = { exchange: 'never', routingKey: '', body: bytes('x') }
    const first = publisher.publish(message, patience.signal)
    await until('it is found missing', () => s.logged('no such exchange, its messages wait').length > 0)
    const second = expect(publisher.publish(message)).rejects.toThrow(MessageReturned) // once its turn has come
    patience.abort(new Error('enough'))
    await expect(first).rejects.toThrow('enough')
    await s.channel.assertExchange('never', 'fanout')
    await second
  })

  test('refuses a message that is too large, and the others arrive', { timeout: 120_000 }, async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const publisher = s.broker.openPublisher()
    const mebibytes = s.version < 4 ? 129 : 17
    const large = { ...toQueue('q'), body: new Uint8Array(mebibytes * 2 ** 20) }
    const [before, refused, after] = await Promise.allSettled([
      Promise.all(Array.from({ length: 20 }, (_, n) => publisher.publish(toQueue('q', `before ${n}`)))),
      publisher.publish(large),
      Promise.all(Array.from({ length: 20 }, (_, n) => publisher.publish(toQueue('q', `after ${n}`)))),
    ])
    expect(before.status).toBe('fulfilled')
    expect(after.status).toBe('fulfilled')
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'MESSAGE_REFUSED', replyCode: 406 } })
  })

  test('refuses each of many messages with a false user id, and no other', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const publisher = s.broker.openPublisher()
    const all = Array.from({ length: 60 }, (_, n) =>
      publisher.publish({
        ...toQueue('q', String(n)),
        ...(n % 3 === 0 && { properties: { userId: 'somebody' } }),
      }),
    )
    const outcomes = await Promise.allSettled(all)
    for (const [n, outcome] of outcomes.entries()) {
      if (n % 3 === 0) expect(outcome).toMatchObject({ reason: { code: 'MESSAGE_REFUSED', replyCode: 406 } })
      else expect(outcome.status).toBe('fulfilled')
    }
  })

  test('refuses what cannot be encoded or is not permitted', async () => {
    await using s = await setUp()
    const publisher = s.broker.openPublisher()
    await s.channel.assertExchange('inner', 'fanout', { internal: true })
    const headers = { big: 'x'.repeat(70_000) }
    await expect(publisher.publish({ ...toQueue('q'), properties: { headers } })).rejects.toThrow(
      MessageRefused,
    )
    await expect(
      publisher.publish({ exchange: '', routingKey: 'k'.repeat(300), body: bytes('') }),
    ).rejects.toThrow(MessageRefused)
    await expect(
      publisher.publish({ exchange: 'inner', routingKey: '', body: bytes('') }),
    ).rejects.toMatchObject({
      code: 'MESSAGE_REFUSED',
      replyCode: 403,
    })
    await s.channel.assertQueue('q')
    await publisher.publish(toQueue('q'))
  })

  test('keeps no more in flight than it may, and waits behind them', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await s.broker.ready()
    const publisher = s.broker.openPublisher({ maxInFlight: 3 })
    await publisher.publish(toQueue('q', 'first'))
    s.proxy.lose('toClient') // the broker's confirms
    const waiting = Array.from({ length: 10 }, (_, n) => publisher.publish(toQueue('q', String(n))))
    for (let n = 0; n < 4; n += 1) await take(s.channel, 'q')
    expect(await s.channel.get('q')).toBe(false)
    s.proxy.deliver()
    s.proxy.cut()
    await Promise.all(waiting)
  })

  test('rejects what waits when it is closed', async () => {
    await using s = await setUp()
    const publisher = s.broker.openPublisher()
    const waiting = publisher.publish({ exchange: 'never', routingKey: '', body: bytes('x') })
    const refused = expect(waiting).rejects.toThrow(BrokerClosed)
    await publisher[Symbol.asyncDispose]()
    await refused
    await expect(publisher.publish(toQueue('q'))).rejects.toThrow(BrokerClosed)
  })
})
