import { expect, test } from 'vitest'
import { isOlder } from './found.ts'
import type { EnsembleSpec } from './ensemble-record.ts'
import { newMember, stillborn } from './member.ts'
import { decide } from './run.ts'
import { START } from './sample.fixture.ts'

const id = 'e01k00000000000000000000000'
const spec: EnsembleSpec = {
  v: 1,
  id,
  model: 'dalec@1.0.0',
  image: { name: 'carya/dalec:1.0.0', digest: `sha256:${'a'.repeat(64)}`, by: 'id' },
  design: { kind: 'random', samples: 10, seed: 1, dimensions: [] },
  varied: [],
  base: { params: {}, inputs: {} },
  resources: { cpus: 1, memory: 1 },
  timeout: 60,
  lease: 60,
  retries: 0,
  failure: { policy: 'continue' },
  labels: {},
  metrics: {},
  outputs: {},
  notes: [],
}
const whole = { id, submitter: 'ann', priority: 0, pool: 'default', createdAt: START }

function fed(round: number) {
  const member = newMember({ ...whole, round }, spec, 3, { params: {}, inputs: {} })
  const decision = decide(member, { type: 'fed', nonce: 'a'.repeat(16) }, START, 0)
  if ('refused' in decision) throw new Error(decision.refused)
  return decision.run
}

test('a host that comes back with an attempt of an earlier round does not seem ahead of the record', () => {
  expect(fed(0).lastAttempt).toBe(1)
  const late = { run: `${id}-3`, attempt: 5, nonce: 'b'.repeat(16) }
  expect(isOlder(fed(0), late)).toBe(true)
  expect(isOlder(fed(1), late)).toBe(false)
})

test('a member that runs again has no version of an earlier round', () => {
  expect(fed(0).version).toBe(1)
  expect(fed(1).version).toBeGreaterThan(1000)
  const failed = stillborn({ ...whole, round: 1 }, spec, 3, 'its row is gone', START)
  expect(failed.version).toBe(fed(1).version)
})
