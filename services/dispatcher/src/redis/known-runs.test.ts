import { expect, test } from 'vitest'
import { sampleRun } from '../domain/sample.fixture.ts'
import { KnownRuns } from './known-runs.ts'

test('what is large is not kept, and nothing older in its place', () => {
  const known = new KnownRuns()
  const run = sampleRun()
  known.set(run)
  expect(known.get(run.id)).toBe(run)
  known.set({ ...run, params: { text: 'x'.repeat(20_000) } })
  expect(known.get(run.id)).toBeUndefined()
})

test('the oldest go first, and what has ended is not kept', () => {
  const known = new KnownRuns(2)
  const runs = ['a', 'b', 'c'].map((id) => sampleRun({ id }))
  for (const run of runs) known.set(run)
  expect(runs.map(({ id }) => known.get(id) !== undefined)).toEqual([false, true, true])
  known.set({ ...runs[2]!, state: 'failed' })
  expect(known.get('c')).toBeUndefined()
})
