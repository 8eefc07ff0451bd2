import type { Finished } from '@carya/contracts'
import { expect, test } from 'vitest'
import { capped, minimal } from './report.ts'

const report = (more: Partial<Finished> = {}): Finished => ({
  v: 1,
  kind: 'finished',
  worker: 'w1',
  at: '2026-01-01T00:00:00.000Z',
  run: 'r01arz3ndektsv4rrffq69g5fav',
  attempt: 1,
  nonce: '0123456789abcdef',
  outcome: 'succeeded',
  finishedAt: '2026-01-01T00:00:00.000Z',
  exitCode: 0,
  metrics: { a: 1 },
  outputs: [],
  outputsTotal: 0,
  logTail: '',
  folder: 'runs/x',
  ...more,
})

test('a report of reasonable size is left as it is', () => {
  const small = report({ outputs: [{ name: 'a', bytes: 1 }], outputsTotal: 1 })
  expect(capped(small)).toEqual(small)
})

test('long names are left out, and it is said how many', () => {
  const outputs = Array.from({ length: 1000 }, (_, i) => ({ name: `${i}`.padEnd(8000, 'x'), bytes: 1 }))
  const small = capped(report({ outputs, outputsTotal: 5000 }))
  expect(JSON.stringify(small).length).toBeLessThan(2 ** 20)
  expect(small.outputsTotal).toBe(5000)
  expect(small.notes?.join()).toMatch(/^\d+ of 5000 outputs are listed$/)
})

test('what is left at the least says how it ended', () => {
  expect(minimal(report())).toMatchObject({
    outcome: 'succeeded',
    metrics: {},
    outputs: [],
    folder: 'runs/x',
  })
})
