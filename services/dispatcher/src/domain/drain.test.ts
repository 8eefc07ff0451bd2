import { Orders } from '@carya/contracts'
import { expect, test } from 'vitest'
import { drained, drainOrder, isDraining, type Wish } from './drain.ts'

const known = (wish: Wish | undefined, draining: boolean, held = 0) => ({
  wish,
  draining,
  attempts: Array.from({ length: held }, (_, i) => ({
    run: `r${i}`,
    attempt: 1,
    nonce: '1111111111111111',
    phase: 'running' as const,
  })),
})

test('a worker is told what is wished until its heartbeats agree', () => {
  expect(drainOrder(known('drain', false))).toEqual({ do: 'drain' })
  expect(drainOrder(known('drain', true))).toBeUndefined()
  expect(drainOrder(known('leave', false))).toEqual({ do: 'drain' })
  expect(drainOrder(known('resume', true))).toEqual({ do: 'resume' })
  expect(drainOrder(known('resume', false))).toBeUndefined()
})

test('one that drains without a known wish is left so: it may be forgotten', () => {
  expect(drainOrder(known(undefined, true))).toBeUndefined()
  expect(isDraining(known(undefined, true))).toBe(true)
  expect(drainOrder(known(undefined, false))).toBeUndefined()
})

test('it gets nothing from the wish on, and until it has heard that it is over', () => {
  expect(isDraining(known('drain', false))).toBe(true)
  expect(isDraining(known('resume', true))).toBe(true)
  expect(isDraining(known('resume', false))).toBe(false)
})

test('it is drained only by its own word, when it lists nothing', () => {
  expect(drained(known('drain', false))).toEqual({ drained: false })
  expect(drained(known('drain', true, 2))).toEqual({ drained: false })
  expect(drained(known('drain', true))).toEqual({ drained: true })
  expect(drained(known('resume', false))).toEqual({})
})

test('a message with an unknown order is unreadable as a whole: so it is told alone', () => {
  const message = (...orders: object[]) => Orders.safeParse({ v: 1, worker: 'w1', orders }).success
  expect(message({ do: 'drain' })).toBe(true)
  expect(message({ do: 'drain' }, { do: 'something of a newer version' })).toBe(false)
})
