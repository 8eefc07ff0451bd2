import { newId, type RunView } from '@carya/contracts'
import { expect, test } from 'vitest'
import { endedLines } from './ended-text.ts'

const at = '2026-01-01T00:00:00.000Z'
const layout = { width: 60, now: Date.parse(at) + 185_000, utc: true }
const run = (more: Partial<RunView>): RunView => ({
  v: 1,
  id: newId('r'),
  state: 'succeeded',
  submitter: 'ann',
  model: 'dalec@1.0.0',
  image: { name: 'lab/dalec:1', digest: `sha256:${'a'.repeat(64)}`, by: 'repo' },
  params: {},
  inputs: {},
  resources: { cpus: 1, memory: 2 ** 28 },
  timeout: 60,
  retries: 0,
  priority: 0,
  pool: 'default',
  labels: {},
  createdAt: at,
  endedAt: at,
  attempts: [],
  ...more,
})

test('of an ended run it is said when and how, never that it cannot run', () => {
  const well = endedLines(run({ logTail: 'all is well\n' }), layout).join('\n')
  expect(well).toContain(`It succeeded at ${at}, 3 min 5 s ago`)
  expect(well).not.toContain('all is well')
  expect(endedLines(run({ state: 'cancelled' }), layout)[0]).toContain('It was cancelled at')
})

test('of a failed one the kind, the exit code once, and the end of its log, which cannot steer the terminal', () => {
  const attempt = { attempt: 1, nonce: 'a'.repeat(16), queuedAt: at, exitCode: 3 }
  const failed = run({
    state: 'failed',
    failure: { kind: 'model_error', detail: 'exit code 3' },
    attempts: [attempt],
    logTail: `${'earlier\n'.repeat(20)}no such \u001b[31mparameter\n`,
  })
  const lines = endedLines(failed, layout)
  expect(lines.join(' ').match(/exit code 3/g)).toHaveLength(1)
  expect(lines.join('\n')).toContain(String.raw`  | no such \x1b[31mparameter`)
  expect(lines.filter((line) => line.includes('earlier'))).toHaveLength(9)
  expect(lines.at(-1)).toContain(`carya logs ${failed.id}`)
  const late = { ...failed, failure: { kind: 'output_error' as const, detail: 'the disk is full' } }
  expect(endedLines(late, layout).join(' ')).toMatch(/output_error,\s+the disk is full,\s+exit code 3/)
})
