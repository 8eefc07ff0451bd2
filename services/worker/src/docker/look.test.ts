import { expect, test } from 'vitest'
import { timesOf } from './look.ts'

const NEVER = '0001-01-01T00:00:00Z'

test('a container that was not started, or has not ended, has no such time', () => {
  expect(timesOf({ StartedAt: NEVER, FinishedAt: NEVER })).toEqual({})
  expect(timesOf({ StartedAt: '2026-11-26T10:05:14.982345678Z', FinishedAt: NEVER })).toEqual({
    startedAt: '2026-11-26T10:05:14.982Z',
  })
})

test('no container ends before it starts, whichever the engine noted first', () => {
  const StartedAt = '2026-11-26T10:05:14.982Z'
  const ended = (FinishedAt: string) => timesOf({ StartedAt, FinishedAt }).finishedAt
  expect(ended('2026-11-26T10:05:14.980Z')).toBe(StartedAt)
  expect(ended('2026-11-26T10:05:15.980Z')).toBe('2026-11-26T10:05:15.980Z')
})
