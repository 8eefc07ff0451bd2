import { describe, expect, test } from 'vitest'
import { judgeBroker, judgeRedis } from './versions.ts'

describe('RabbitMQ', () => {
  test.each([
    ['4.0.5', '4.0.9'],
    ['4.0.9', '4.0.5'],
    ['3.10.8', '3.11.0'],
    ['3.13.7', '4.0.5'],
    ['3.13.7', '4.2.1'],
    ['4.0.5', '4.2.1'],
    ['4.2.1', '4.3.6'],
  ])('what %s wrote, %s reads', (wrote, reads) => {
    expect(judgeBroker(wrote, reads)).toEqual({ readable: true })
  })

  test.each([
    ['3.10.8', '4.0.5', '3.11'],
    ['3.10.8', '3.12.0', '3.11'],
    ['3.13.7', '4.3.6', '4.2'],
    ['4.0.5', '4.3.6', '4.2'],
  ])('from %s to %s the way goes through %s', (wrote, reads, through) => {
    const judgement = judgeBroker(wrote, reads)
    expect(judgement).toMatchObject({ readable: false })
    expect(judgement).toHaveProperty('advice', expect.stringContaining(`rabbitmq:${through} `))
  })

  test.each([
    ['4.1.0', '4.0.5'],
    ['4.0.5', '3.13.7'],
  ])('an older broker is refused: %s to %s', (wrote, reads) => {
    expect(judgeBroker(wrote, reads)).toMatchObject({
      readable: false,
      why: expect.stringContaining('older'),
    })
  })
})

test('Redis reads what an older one wrote, and is refused what a newer major wrote', () => {
  expect(judgeRedis('7.0.15', '8.0.2')).toEqual({ readable: true })
  expect(judgeRedis('8.2.0', '8.0.2')).toEqual({ readable: true })
  expect(judgeRedis('8.0.2', '7.0.15')).toMatchObject({ readable: false })
})
