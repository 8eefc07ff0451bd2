import type { ConsumerOptions, Delivery } from '@carya/amqp'
import { describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { api, QUORUM, setUp, take, text, type Setting } from './setting.ts'

function send({ channel }: Setting, queue: string, ...bodies: string[]): Promise<void> {
  for (const body of bodies) channel.sendToQueue(queue, Buffer.from(body))
  return channel.waitForConfirms()
}

/** Opens a consumer that notes what it gets before it answers. */
function consume(s: Setting, handle: ConsumerOptions['handle'], options: Partial<ConsumerOptions> = {}) {
  const seen: Delivery[] = []
  const consumer = s.broker.openConsumer({
    queue: 'q',
    prefetch: 10,
    handle: (delivery, signal) => {
      seen.push(delivery)
      return handle(delivery, signal)
    },
    ...options,
  })
  return { consumer, seen }
}

describe.concurrent('a consumer', () => {
  test('waits for its queue to be there', async () => {
    await using s = await setUp()
    const { consumer, seen } = consume(s, async () => 'ack')
    await until('it was missed', () => s.logged('channel lost, opening another').length > 1)
    expect(consumer.state()).toBe('waiting')
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await send(s, 'q', 'one')
    await until('it arrives', () => seen.length === 1)
    expect(consumer.state()).toBe('consuming')
  })

  test('tells each change of its state, and whether the broker answers', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const { consumer } = consume(s, async () => 'ack')
    const states: string[] = []
    const end = consumer.onChange(() => states.push(consumer.state()))
    await until('it consumes', () => consumer.state() === 'consuming')
    await consumer.answered()
    await consumer.pause()
    await expect(consumer.answered()).rejects.toThrow('nothing is consumed')
    consumer.resume()
    await consumer.answered()
    await api.deleteQueue(s.vhost.name, 'q')
    await until('it is missed', () => consumer.state() === 'waiting')
    end()
    await consumer.close()
    expect(states).toEqual(['consuming', 'paused', 'consuming', 'waiting'])
  })

  test('goes on when its queue was deleted and is there again', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const { seen } = consume(s, async () => 'ack')
    await send(s, 'q', 'one')
    await until('it arrives', () => seen.length === 1)
    await api.deleteQueue(s.vhost.name, 'q')
    await until('it was missed', () => s.logged('channel lost, opening another').length > 0)
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await send(s, 'q', 'two')
    await until('it arrives', () => seen.length === 2)
  })

  test('sets up its own queue each time anew', async () => {
    await using s = await setUp()
    await s.channel.assertExchange('orders', 'topic')
    const { seen } = consume(s, async () => 'ack', {
      queue: 'mine',
      setup: async (channel) => {
        await channel.assertQueue('mine', { exclusive: true })
        await channel.bindQueue('mine', 'orders', 'me')
      },
    })
    const order = (body: string) =>
      until('it is routed', async () => {
        const returned = new Promise<boolean>((resolve) => s.channel.once('return', () => resolve(false)))
        s.channel.publish('orders', 'me', Buffer.from(body), { mandatory: true })
        return await Promise.race([returned, s.channel.waitForConfirms().then(() => true)])
      })
    await order('one')
    await until('it arrives', () => seen.length === 1)
    s.proxy.cut()
    // for a moment the broker still has the old queue, of a connection that it does not know to be lost
    await until('one arrives by the new queue', async () => {
      await order('two')
      return seen.length > 1
    })
    expect(new Set(seen.map(text))).toEqual(new Set(['one', 'two']))
  })

  test('rejects into the dead-letter exchange', async () => {
    await using s = await setUp()
    await s.channel.assertExchange('dead', 'fanout')
    await s.channel.assertQueue('dead', { arguments: QUORUM })
    await s.channel.bindQueue('dead', 'dead', '')
    await s.channel.assertQueue('q', { arguments: { ...QUORUM, 'x-dead-letter-exchange': 'dead' } })
    consume(s, async () => ({ reject: 'not to be read' }))
    await send(s, 'q', 'poison')
    const { content, properties } = await take(s.channel, 'dead')
    expect(content.toString()).toBe('poison')
    expect(properties.headers?.['x-death']?.[0]).toMatchObject({ queue: 'q', reason: 'rejected' })
    expect(s.logged('message rejected')).toMatchObject([{ fields: { queue: 'q', reason: 'not to be read' } }])
  })

  test('tries what is held, or throws, again without another delivery', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: { ...QUORUM, 'x-delivery-limit': 1 } })
    let tries = 0
    const { seen } = consume(s, async () => {
      tries += 1
      if (tries === 2) throw new Error('a part is away')
      return tries < 5 ? 'hold' : 'ack'
    })
    await send(s, 'q', 'patience')
    await until('it was tried often', () => tries === 5)
    expect(new Set(seen.map((d) => d.deliveryCount))).toEqual(new Set([0]))
    expect(seen.some((d) => d.redelivered)).toBe(false)
    expect(s.logged('handler failed, the message is held')).toHaveLength(1)
    await s.broker[Symbol.asyncDispose]()
    expect(await s.channel.get('q')).toBe(false) // acked in the end
  })

  test('waits, when closed, for the handler in hand, whose answer counts', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    const finish = Promise.withResolvers<'ack'>()
    const { consumer, seen } = consume(s, () => finish.promise, { prefetch: 1 })
    await send(s, 'q', 'in hand', 'behind')
    await until('it arrives', () => seen.length === 1)
    const closing = consumer.close()
    await s.channel.checkQueue('q') // a round trip: longer than closing would take that does not wait
    finish.resolve('ack')
    await closing
    expect((await take(s.channel, 'q')).content.toString()).toBe('behind')
    expect(await s.channel.get('q')).toBe(false)
    expect(seen).toHaveLength(1)
  })

  test('waits, when closed, no longer than the grace, nor for what is held', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    let told: AbortSignal | undefined
    const { consumer, seen } = consume(s, async (delivery, signal) => {
      if (text(delivery) === 'held') return 'hold'
      told = signal
      return await new Promise(() => {})
    })
    await send(s, 'q', 'held', 'stuck')
    await until('both are in hand', () => told && seen.length > 1)
    await consumer.close(100)
    expect(told?.aborted).toBe(true)
    await take(s.channel, 'q') // given back
    await take(s.channel, 'q')
  })

  test('takes nothing while paused, and tries what it holds when resumed', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    let away = true
    const { consumer, seen } = consume(s, async () => (away ? 'hold' : 'ack'))
    await send(s, 'q', 'one')
    await until('it is in hand', () => seen.length > 0)
    await consumer.pause()
    expect(consumer.state()).toBe('paused')
    await send(s, 'q', 'two')
    expect((await take(s.channel, 'q')).content.toString()).toBe('two') // so the consumer did not
    away = false
    consumer.resume()
    await send(s, 'q', 'three')
    await until('the third arrives', () => seen.some((d) => text(d) === 'three'))
    expect(seen.every((d) => d.deliveryCount === 0)).toBe(true)
    await s.broker[Symbol.asyncDispose]()
    expect(await s.channel.get('q')).toBe(false)
  })

  test('begins paused with a prefetch of 0', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await send(s, 'q', 'one')
    const { consumer, seen } = consume(s, async () => 'ack', { prefetch: 0 })
    await s.broker.ready()
    await until('it is there', () => consumer.state() === 'consuming')
    expect((await s.channel.checkQueue('q')).consumerCount).toBe(0)
    await consumer.setPrefetch(1)
    await until('it arrives', () => seen.length === 1)
    expect(() => s.broker.openConsumer({ queue: 'q', prefetch: -1, handle: async () => 'ack' })).toThrow(
      RangeError,
    )
    await expect(consumer.setPrefetch(1.5)).rejects.toThrow(RangeError)
  })

  test('stays within its room when each delivery lowers the prefetch', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q', { arguments: QUORUM })
    await send(s, 'q', ...Array.from({ length: 30 }, (_, n) => String(n)))
    let room = 8
    const { consumer, seen } = consume(
      s,
      async () => {
        room -= 1
        void consumer.setPrefetch(Math.max(0, room))
        return 'ack'
      },
      { prefetch: room },
    )
    await until(
      'the room is full',
      async () => room <= 0 && (await s.channel.checkQueue('q')).consumerCount === 0,
    )
    expect(seen).toHaveLength(8)
    room = 2
    await consumer.setPrefetch(room)
    await until('the new room is full', () => room === 0)
    expect(seen).toHaveLength(10)
    expect((await s.channel.checkQueue('q')).messageCount).toBe(20)
  })

  test('holds an exclusive queue against others until it goes', async () => {
    await using first = await setUp()
    await using second = await setUp({ url: first.vhost.amqpUrl })
    const lock: Partial<ConsumerOptions> = {
      queue: 'lock',
      setup: (channel) => channel.assertQueue('lock', { exclusive: true }),
    }
    const one = consume(first, async () => 'ack', lock)
    await until('the first has it', () => one.consumer.state() === 'consuming')
    const two = consume(second, async () => 'ack', lock)
    await until('the second is told', () => second.logged('channel lost, opening another').length > 0)
    expect(second.logged('channel lost, opening another')[0]?.fields).toMatchObject({ err: { code: 405 } })
    await first.broker[Symbol.asyncDispose]()
    await until('the second has it', () => two.consumer.state() === 'consuming')
  })

  test('takes answers by direct reply-to without acks', async () => {
    await using s = await setUp()
    await s.channel.assertQueue('q')
    const { seen } = consume(s, async () => 'hold', { noAck: true })
    await send(s, 'q', 'a', 'b')
    await until('both arrive', () => seen.length >= 2)
    await s.broker[Symbol.asyncDispose]()
    expect(await s.channel.get('q')).toBe(false)
  })
})
