import { expect, test } from 'vitest'
import { beatInterval } from './beat.ts'

test('a heartbeat comes every 5 s, within a quarter of the shortest lease, and each second while logs are watched', () => {
  expect(beatInterval([], false)).toBe(5)
  expect(beatInterval([60, 8, 30], false)).toBe(2)
  expect(beatInterval([60], true)).toBe(1)
  expect(beatInterval([0.1], true)).toBe(0.5)
})
