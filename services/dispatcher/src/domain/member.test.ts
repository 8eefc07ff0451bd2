import { expect, test } from 'vitest'
import { isOlder } from './found.ts'
import { ENSEMBLE, sampleEnsemble, sampleSpec } from './ensemble.fixture.ts'
import { newMember, stillborn } from './member.ts'
import { decide } from './run.ts'
import { START } from './sample.fixture.ts'

const spec = sampleSpec()

function fed(round: number) {
  const member = newMember(sampleEnsemble({ round }), spec, 3, { params: {}, inputs: {} })
  const decision = decide(member, { type: 'fed', nonce: 'a'.repeat(16) }, START, 0)
  if ('refused' in decision) throw new Error(decision.refused)
  return decision.run
}

test('a host that comes back with an attempt of an earlier round does not seem ahead of the record', () => {
  expect(fed(0).lastAttempt).toBe(1)
  const late = { run: `${ENSEMBLE}-3`, attempt: 5, nonce: 'b'.repeat(16) }
  expect(isOlder(fed(0), late)).toBe(true)
  expect(isOlder(fed(1), late)).toBe(false)
})

test('a member that runs again has no version of an earlier round', () => {
  expect(fed(0).version).toBe(1)
  expect(fed(1).version).toBeGreaterThan(1000)
  const failed = stillborn(sampleEnsemble({ round: 1 }), spec, 3, 'its row is gone', START)
  expect(failed.version).toBe(fed(1).version)
})
