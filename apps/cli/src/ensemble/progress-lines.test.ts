import type { FailureGroup, WorkerView } from '@carya/contracts'
import { expect, test } from 'vitest'
import { progressLines, shareOf, type Progress } from './progress-lines.ts'
import { slotsOf } from './slots.ts'

const id = 'e01jd7x8c6vqqqqqqqqqr4f7k2q'
// of a terminal of 80 one stays free
const COLUMNS = 79

const progress = (more: Partial<Progress> = {}): Progress => ({
  id,
  state: 'running',
  members: { total: 1000, pending: 530, queued: 9, running: 8, succeeded: 450, failed: 3, cancelled: 0 },
  failures: [
    { kind: 'model_error', count: 2, example: `${id}-17` },
    { kind: 'timeout', count: 1, example: `${id}-99` },
  ],
  rate: 1.2,
  slots: { used: 8, total: 8, workers: 2 },
  watched: 65_000,
  ...more,
})

const kinds = [
  'model_error',
  'out_of_memory',
  'timeout',
  'output_error',
  'input_unavailable',
  'image_unavailable',
  'engine_error',
  'worker_lost',
] as const

const huge = {
  total: 100_000_000,
  pending: 1,
  queued: 1,
  running: 99_999,
  succeeded: 50_000_000,
  failed: 49_999_999,
  cancelled: 1,
}
const worst: FailureGroup[] = kinds.map((kind) => ({ kind, count: 12_499_999, example: `${id}-99999999` }))

test('four lines: a bar, counts with rate and time left, failures by kind with one member each, slots', () => {
  expect(progressLines(progress(), COLUMNS)).toEqual([
    'e4f7k2q  ███████████─────────────  45 %  running, 1 min 5 s',
    '  453 of 1,000 done, 8 running, 3 failed, 1.2/s, ≈ 7 min 36 s left',
    '  failed: 2 model_error (e4f7k2q-17), 1 timeout (e4f7k2q-99)',
    '  slots: 8 of 8 in use on 2 workers',
  ])
})

test('they stay four, and fit 80 columns, at any size', () => {
  for (const one of [
    progress(),
    progress({ failures: [], slots: undefined, rate: undefined }),
    progress({ members: { ...huge, total: undefined }, state: 'checking' }),
    progress({ members: huge, failures: worst, rate: 12_345, watched: 9e9 }),
    progress({ members: huge, failures: worst, rate: 1e-5, watched: 9e9 }),
    progress({ trouble: 'nobody listens there' }),
  ]) {
    const lines = progressLines(one, COLUMNS)
    expect(lines).toHaveLength(4)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(COLUMNS)
  }
})

test('kinds that do not fit are counted', () => {
  const [, , line] = progressLines(progress({ failures: worst }), COLUMNS)
  expect(line).toBe('  failed: 12,499,999 model_error (e4f7k2q-99999999), 7 more')
})

test('what is paused has neither a rate nor a time left; what has ended no time left', () => {
  expect(progressLines(progress({ state: 'paused' }), COLUMNS)[1]).toBe(
    '  453 of 1,000 done, 8 running, 3 failed',
  )
  const ended = { ...progress().members, running: 0, succeeded: 997 }
  expect(progressLines(progress({ members: ended }), COLUMNS)[1]).not.toContain('left')
})

test('a table that is being read has no share; an ensemble of nothing is done', () => {
  expect(shareOf({ ...huge, total: undefined })).toBeUndefined()
  expect(shareOf({ ...huge, total: 0 })).toBe(1)
  expect(
    progressLines(progress({ state: 'checking', members: { ...huge, total: undefined } }), COLUMNS)[1],
  ).toBe('  its table is being read')
})

const worker = (more: Partial<WorkerView>): WorkerView => ({
  name: 'w1',
  pool: 'default',
  state: 'live',
  version: '0.1.0',
  lastBeatAt: '2026-01-01T00:00:00Z',
  size: { cpus: 4, memory: 1024 },
  room: { cpus: 4, memory: 1024 },
  attempts: 0,
  ...more,
})

test('slots are room for one member each, of workers that take runs', () => {
  const workers = [
    worker({ room: { cpus: 1, memory: 1024 } }),
    worker({ size: { cpus: 8, memory: 512 }, room: { cpus: 8, memory: 512 } }),
    worker({ state: 'draining' }),
    worker({ state: 'lost' }),
  ]
  expect(slotsOf(workers, { cpus: 1, memory: 256 })).toEqual({ used: 3, total: 6, workers: 2 })
  expect(slotsOf(workers, { cpus: 8, memory: 256 })).toEqual({ used: 0, total: 1, workers: 2 })
  const tenths = worker({ size: { cpus: 0.3, memory: 1024 }, room: { cpus: 0, memory: 1024 } })
  expect(slotsOf([tenths], { cpus: 0.1, memory: 1 })).toEqual({ used: 3, total: 3, workers: 1 })
  expect(slotsOf([], { cpus: 1, memory: 1 })).toEqual({ used: 0, total: 0, workers: 0 })
})
