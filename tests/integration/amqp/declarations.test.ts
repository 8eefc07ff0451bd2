import { MessageReturned, type Declaration } from '@carya/amqp'
import { describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { api, bytes, QUORUM, setUp, take, type Setting } from './setting.ts'

const exists = ({ vhost }: Setting, queue: string) =>
  until(`${queue} is there`, async () => (await api.queues(vhost.name)).some(({ name }) => name === queue))

describe.concurrent('declarations', () => {
  test('are made before the broker is ready, and before anything is consumed', async () => {
    await using s = await setUp()
    s.broker.declare([
      (channel) => channel.assertExchange('x', 'fanout'),
      (channel) => channel.assertQueue('q', { arguments: QUORUM }),
      (channel) => channel.bindQueue('q', 'x', ''),
    ])
    const consumer = s.broker.openConsumer({ queue: 'q', prefetch: 1, handle: async () => 'ack' })
    await s.broker.ready()
    await exists(s, 'q')
    await until('it consumes', () => consumer.state() === 'consuming')
    expect(s.logged('channel lost, opening another')).toEqual([])
  })

  test('that meet other arguments are told and gone past', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('old', { arguments: { ...QUORUM, 'x-max-length': 5 } })
    s.broker.declare([
      (channel) => channel.assertQueue('old', { arguments: QUORUM }),
      (channel) => channel.assertQueue('new', { arguments: QUORUM }),
    ])
    await s.broker.ready()
    await exists(s, 'new')
    expect(s.logged('exists with other arguments on the broker, left as it is')).toHaveLength(1)
  })

  test('that fail are tried again, after the others', async () => {
    await using s = await setUp()
    s.broker.declare([
      (channel) => channel.bindQueue('q', 'of-somebody-else', ''),
      (channel) => channel.assertQueue('q', { arguments: QUORUM }),
    ])
    await until('the other is made', () => s.logged('declaration failed, will be tried again').length > 1)
    await exists(s, 'q')
    await s.channel.assertExchange('of-somebody-else', 'fanout')
    await s.broker.ready()
    s.channel.publish('of-somebody-else', '', Buffer.from('bound'))
    await take(s.channel, 'q')
  })

  test('are made again after a reconnection', async () => {
    await using s = await setUp()
    s.broker.declare([(channel) => channel.assertQueue('q', { arguments: QUORUM })])
    await s.broker.ready()
    await api.deleteQueue(s.vhost.name, 'q')
    s.proxy.cut()
    await until('it is noticed', () => s.broker.state().consume === 'down')
    await s.broker.ready()
    await exists(s, 'q')
  })

  test('are made again when their queue was deleted under a consumer', async () => {
    await using s = await setUp()
    s.broker.declare([(channel) => channel.assertQueue('q', { arguments: QUORUM })])
    const consumer = s.broker.openConsumer({ queue: 'q', prefetch: 1, handle: async () => 'ack' })
    await until('it consumes', () => consumer.state() === 'consuming')
    await api.deleteQueue(s.vhost.name, 'q')
    await until('it is noticed', () => s.logged('channel lost, opening another').length > 0)
    await until('it consumes', () => consumer.state() === 'consuming')
    await exists(s, 'q')
  })

  test('that are removed are made no more, and their queue is gone with what is in it', async () => {
    await using s = await setUp()
    const queue = (name: string): Declaration[] => [
      (channel) => channel.assertQueue(name, { arguments: QUORUM }),
      (channel) => channel.bindQueue(name, 'amq.direct', name),
    ]
    const unwanted = queue('q')
    s.broker.declare([...unwanted, ...queue('other')])
    await s.broker.ready()
    const publisher = s.broker.openPublisher()
    await publisher.publish({ exchange: '', routingKey: 'q', body: bytes('x') })
    await s.broker.remove('q', unwanted)
    await s.broker.remove('q', unwanted)
    await api.deleteQueue(s.vhost.name, 'other')
    s.broker.renew()
    await exists(s, 'other')
    expect(await s.broker.count('q')).toBeUndefined()
  })

  test('are made again when a message finds their queue missing', async () => {
    await using s = await setUp()
    s.broker.declare([(channel) => channel.assertQueue('q', { arguments: QUORUM })])
    await s.broker.ready()
    await api.deleteQueue(s.vhost.name, 'q')
    const publisher = s.broker.openPublisher()
    const publish = () => publisher.publish({ exchange: '', routingKey: 'q', body: bytes('x') })
    await expect(publish()).rejects.toThrow(MessageReturned)
    await until('it is there again', () =>
      publish().then(
        () => true,
        () => false,
      ),
    )
  })
})
