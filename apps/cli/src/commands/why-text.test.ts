import { expect, test } from 'vitest'
import { columnsOf, reasonLines, wrapped } from './why-text.ts'

test('a reason fits the terminal, whatever its length, and cannot steer it', () => {
  const reason = {
    class: 'wait' as const,
    kind: 'retry',
    detail:
      'Attempt 1 on w1 failed (model_error: \u001b[31mbad\u001b[0m); it is tried again at some time later on',
    until: '2026-01-01T00:00:10.000Z',
    hint: 'look at its log',
  }
  const lines = reasonLines(reason, { width: 50, now: Date.parse('2026-01-01T00:00:00.000Z'), utc: true })
  expect(lines[0]).toBe('  wait   retry: it goes on by itself')
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(50)
  expect(lines.join('\n')).toContain('until 2026-01-01T00:00:10.000Z, in 10 s')
  expect(lines.join('\n')).not.toContain('\u001b')
  expect(columnsOf(reason).split('\t')).toHaveLength(5)
})

test('words are kept whole', () => {
  expect(wrapped('a bb ccc dddddddd e', 5)).toEqual(['a bb', 'ccc', 'dddddddd', 'e'])
})
