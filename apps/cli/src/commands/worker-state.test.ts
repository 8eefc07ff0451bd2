import type { WorkerView } from '@carya/contracts'
import { expect, test } from 'vitest'
import { workerState } from './worker-state.ts'

const room = { cpus: 4, memory: 2 ** 30 }
const fixed = {
  name: 'w1',
  pool: 'default',
  version: '1',
  lastBeatAt: '2026-01-01T00:00:00Z',
  size: room,
  room,
}
const worker = (state: WorkerView['state'], attempts: number, drained?: boolean): WorkerView => ({
  ...fixed,
  state,
  attempts,
  ...(drained === undefined ? {} : { drained }),
})

test.each([
  ['live', worker('live', 3)],
  ['draining, 3 left', worker('draining', 3, false)],
  // nothing was heard of it since, so it may have one
  ['draining', worker('draining', 0, false)],
  ['draining, empty', worker('draining', 0, true)],
  ['lost, drained', worker('lost', 0, true)],
])('%s', (words, of) => {
  expect(workerState(of)).toBe(words)
})
