import type { EnsembleView, FeedItem } from '@carya/contracts'
import { beforeEach, expect, test, vi } from 'vitest'
import { drawEnsemble } from './draw-ensemble.ts'

const id = 'e01jd7x8c6vqqqqqqqqqr4f7k2q'
const item = (succeeded: number): { kind: 'item'; item: FeedItem } => ({
  kind: 'item',
  item: {
    kind: 'ensemble',
    id,
    state: 'running',
    members: {
      total: 100,
      pending: 100 - succeeded,
      queued: 0,
      running: 0,
      succeeded,
      failed: 0,
      cancelled: 0,
    },
    failures: [],
  },
})

const ended: EnsembleView = {
  v: 1,
  id,
  state: 'succeeded',
  submitter: 'ann',
  model: 'dalec@1.0.0',
  image: { name: 'lab/dalec:1', digest: `sha256:${'a'.repeat(64)}`, by: 'repo' },
  design: { kind: 'lhs' },
  varied: [],
  base: { params: {}, inputs: {} },
  members: { total: 100, pending: 0, queued: 0, running: 0, succeeded: 100, failed: 0, cancelled: 0 },
  failures: [],
  failure: { policy: 'continue' },
  resources: { cpus: 1, memory: 2 ** 28 },
  timeout: 60,
  retries: 0,
  priority: 0,
  pool: 'default',
  labels: {},
  round: 0,
  createdAt: '2026-01-01T00:00:00.000Z',
}

let written = ''
let now = 0
const out = (isTTY: boolean) => ({ isTTY, columns: 80, write: (text: string) => (written += text) })

beforeEach(() => {
  vi.stubEnv('TERM', 'xterm')
  written = ''
  now = 0
})

test('on a terminal four lines stand, and are drawn over in place', () => {
  const drawing = drawEnsemble(id, out(true), () => now)
  drawing.see(item(10))
  expect(written.split('\n')).toHaveLength(4)
  written = ''
  now = 2000
  drawing.see(item(30))
  expect(written.startsWith('\u001b[3A\r\u001b[J')).toBe(true)
  expect(written).toContain('30 of 100 done, 0 running, 0 failed, 10/s, ≈ 7.0 s left')
  written = ''
  drawing.end(ended)
  expect(written).toBe('\u001b[3A\r\u001b[J✓ e4f7k2q succeeded (2.0 s)\n')
})

test('where no terminal is, a line is written now and then, without control characters', () => {
  const drawing = drawEnsemble(id, out(false), () => now)
  drawing.see(item(1))
  now = 31_000
  drawing.see(item(2))
  drawing.see(item(50))
  drawing.see(item(60))
  now = 40_000
  drawing.end(ended)
  expect(written.split('\n')).toEqual([
    '… e4f7k2q',
    expect.stringMatching(
      /^… e4f7k2q: █{8}─{8} {2}50 % 50 of 100 done, 0 running, 0 failed, 1\.6\/s, ≈ 32 s left$/,
    ),
    '✓ e4f7k2q succeeded (40 s)',
    '',
  ])
  expect(written).not.toContain('\u001b')
})

test('a lost connection is told, with the counts last known, and a wait that is given up leaves it to go on', () => {
  const drawing = drawEnsemble(id, out(true), () => now)
  drawing.see(item(10))
  written = ''
  drawing.see({ kind: 'lost', why: 'nobody listens there' })
  expect(written).toContain('trying again: nobody listens there')
  expect(written).toContain('10 of 100 done')
  written = ''
  drawing.see(item(11))
  expect(written).not.toContain('trying again')
  drawing.detach()
  expect(written).toContain('✓ e4f7k2q is left to go on\n')
})
