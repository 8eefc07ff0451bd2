import { expect, test } from 'vitest'
import { sendable } from './rejected.ts'

test('of what is kept only those properties go on that can be sent again', () => {
  const right = { messageId: 'm', correlationId: 'ä'.repeat(127), timestamp: 1_700_000_000, appId: 'a' }
  expect(sendable(right)).toEqual(right)
  // as amqplib reads 255 bytes that are no UTF-8, and 2^64 - 1
  const wrong = { correlationId: '\uFFFD'.repeat(255), timestamp: Number(2n ** 64n - 1n) }
  expect(sendable({ ...right, ...wrong })).toEqual({ messageId: 'm', appId: 'a' })
  expect(sendable({ userId: 'ann', expiration: '1', priority: 9, headers: { 'x-death': [] } })).toEqual({})
})
