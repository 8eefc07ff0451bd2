import { expect, test } from 'vitest'
import { claimed } from './attempt.ts'
import { beatInterval, listAttempts, listLookups } from './beat.ts'

test('a heartbeat comes every 5 s, within a quarter of the shortest lease, and each second while somebody watches', () => {
  expect(beatInterval([], false)).toBe(5)
  expect(beatInterval([60, 8, 30], false)).toBe(2)
  expect(beatInterval([60], true)).toBe(1)
  expect(beatInterval([0.1], true)).toBe(0.5)
})

test('what is done for an attempt before it starts is told in 200 characters', () => {
  const token = { run: 'r1', attempt: 1, nonce: '1111111111111111' }
  const told = (preparing?: string) => listAttempts([{ token, state: claimed, preparing }])[0]
  expect(told('pulls pond:1')).toMatchObject({ phase: 'claimed', preparing: 'pulls pond:1' })
  expect(told('😀'.repeat(200))?.preparing).toHaveLength(200)
  expect(told()).not.toHaveProperty('preparing')
})

test('of pulls sixteen are told, and nothing where there are none', () => {
  expect(listLookups([])).toEqual({})
  const many = Array.from({ length: 20 }, (_, i) => ({ image: `pond:${i}`, how: 'x'.repeat(300) }))
  const { lookups = [] } = listLookups(many)
  expect(lookups.map(({ image, how }) => [image, how.length])).toEqual(
    Array.from({ length: 16 }, (_, i) => [`pond:${i}`, 200]),
  )
})
