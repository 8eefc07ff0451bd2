import { MessageNacked, MessageRefused, MessageReturned } from '@carya/amqp'
import { expect, test } from 'vitest'
import type { OutMessage } from '../domain/messages.ts'
import { isDropped } from './send.ts'

const reply: OutMessage = {
  lane: 'world',
  exchange: '',
  routingKey: 'reply.ann.1',
  type: 'run.succeeded',
  body: {},
  mandatory: true,
}
const event: OutMessage = { ...reply, exchange: 'carya.events', mandatory: false }
const nacked = new MessageNacked('', 'reply.ann.1')

test('a reply that its queue refuses is offered a few times', () => {
  expect([1, 2, 3, 4, 5].map((tries) => isDropped(nacked, reply, tries))).toEqual([
    false,
    false,
    false,
    false,
    true,
  ])
})

test('what has no queue, or cannot be sent, is dropped at once, and so is an event that one queue refuses', () => {
  expect(isDropped(new MessageReturned('', 'reply.ann.1', 312, 'NO_ROUTE'), reply, 1)).toBe(true)
  expect(isDropped(new MessageRefused('cannot be encoded'), reply, 1)).toBe(true)
  expect(isDropped(nacked, event, 1)).toBe(true)
})

test('what fails otherwise stays, however often', () => {
  expect(isDropped(new Error('the broker was closed'), reply, 1000)).toBe(false)
})
