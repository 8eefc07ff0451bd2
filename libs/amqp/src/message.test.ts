import { describe, expect, test } from 'vitest'
import { asBuffer, publishOptions } from './message.ts'

const body = new Uint8Array()

describe('publishOptions', () => {
  test('are careful by default: comes back if unroutable, survives a restart, has an id', () => {
    const options = publishOptions({ exchange: '', routingKey: 'q', body })
    expect(options).toMatchObject({ mandatory: true, persistent: true, messageId: expect.any(String) })
  })

  test('keep what the caller says', () => {
    const properties = { messageId: 'mine', type: 'run', headers: { a: 1 } }
    const options = publishOptions({ exchange: '', routingKey: 'q', body, mandatory: false, properties })
    expect(options).toMatchObject({ ...properties, mandatory: false })
  })

  test('never ask for the return of a direct reply', () => {
    const routingKey = 'amq.rabbitmq.reply-to.g1h2'
    expect(publishOptions({ exchange: '', routingKey, body, mandatory: true }).mandatory).toBe(false)
  })
})

describe('asBuffer', () => {
  test('shows the same bytes, and only those', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
    const buffer = asBuffer(bytes)
    expect([...buffer]).toEqual([2, 3])
    expect(buffer.buffer).toBe(bytes.buffer)
  })
})
