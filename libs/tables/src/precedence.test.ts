import type { MemberRow } from '@carya/contracts'
import { expect, test } from 'vitest'
import { counts, type RowLine } from './precedence.ts'

const base: MemberRow = {
  index: 1,
  round: 0,
  state: 'failed',
  attempts: 1,
  params: {},
  metrics: {},
  endedAt: '2030-01-01T00:00:00Z',
}
const line = (changes: Partial<MemberRow>): RowLine => {
  const row = { ...base, ...changes }
  return { row, line: JSON.stringify(row) }
}

test.each<[string, Partial<MemberRow>, Partial<MemberRow>]>([
  [
    'the higher round',
    { round: 1, state: 'cancelled' },
    { state: 'succeeded', endedAt: '2031-01-01T00:00:00Z' },
  ],
  ['then succeeded', { state: 'succeeded' }, { state: 'failed', endedAt: '2031-01-01T00:00:00Z' }],
  ['then failed', { state: 'failed' }, { state: 'cancelled', endedAt: '2031-01-01T00:00:00Z' }],
  ['then the later end, whatever its fraction', { endedAt: '2030-01-01T00:00:00.5Z' }, {}],
  ['then the greater text', { attempts: 2 }, {}],
])('%s counts', (_, one, other) => {
  expect(counts(line(one), line(other))).toBe(true)
  expect(counts(line(other), line(one))).toBe(false)
})

test('of two that are the same the first stays', () => {
  expect(counts(line({}), line({}))).toBe(false)
})
