import { BrokerClosed, openReplies, type Delivery } from '@carya/amqp'
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { bytes, QUORUM, setUp, take, text } from './setting.ts'

test('answers come to the asker, also after its connection was lost', async () => {
  await using s = await setUp()
  await s.channel.assertQueue('requests', { arguments: QUORUM })
  await using replies = openReplies(s.broker, { user: 'me' })
  expect(replies.replyTo).toMatch(/^reply\.me\./)
  const heard: string[] = []
  const asking = (async () => {
    for await (const answer of replies.ask({ exchange: '', routingKey: 'requests', body: bytes('?') })) {
      heard.push(text(answer))
      if (text(answer) === 'end') return
    }
  })()
  const { properties } = await take(s.channel, 'requests')
  const { replyTo, correlationId } = properties
  s.channel.sendToQueue(replyTo, Buffer.from('for another'), { correlationId: 'other', persistent: true })
  s.channel.sendToQueue(replyTo, Buffer.from('accepted'), { correlationId, persistent: true })
  await until('the first is heard', () => heard.length === 1)
  s.proxy.refuse()
  s.proxy.cut()
  await until('it is noticed', () => s.broker.state().consume === 'down')
  s.channel.sendToQueue(replyTo, Buffer.from('end'), { correlationId, persistent: true })
  await s.channel.waitForConfirms()
  s.proxy.accept()
  await asking
  // the first comes twice if the connection was cut before its ack got through
  expect([...new Set(heard)]).toEqual(['accepted', 'end'])
})

test('asking ends with the reply queue, or before it was there', async () => {
  await using s = await setUp({ url: 'amqp://127.0.0.1:1' })
  const replies = openReplies(s.broker, { user: 'me' })
  const asking = replies.ask({ exchange: '', routingKey: 'requests', body: bytes('?') }).next()
  const ended = expect(asking).rejects.toThrow(BrokerClosed)
  await replies[Symbol.asyncDispose]()
  await ended
})

test('an asker can give up', async () => {
  await using s = await setUp()
  await s.channel.assertQueue('requests', { arguments: QUORUM })
  await using replies = openReplies(s.broker, { user: 'me' })
  const ask = async (signal: AbortSignal) => {
    const answers: Delivery[] = []
    const message = { exchange: '', routingKey: 'requests', body: bytes('?') }
    for await (const answer of replies.ask(message, signal)) answers.push(answer)
    return answers
  }
  await expect(ask(AbortSignal.timeout(100))).rejects.toThrow(/abort|timeout/i)
})
