import { expect, test } from 'vitest'
import type { EnsembleRecord, MemberFacts } from './ensemble-record.ts'
import { settle } from './ensemble.ts'

const NOW = '2030-01-01T00:00:00Z'

const record: EnsembleRecord = {
  v: 1,
  version: 1,
  id: 'e01arz3ndektsv4rrffq69g5fav',
  state: 'running',
  submitter: 'ann',
  model: 'growth@1.0.0',
  labels: {},
  pool: 'default',
  priority: 0,
  members: 100,
  cursor: 100,
  round: 0,
  cost: { cpus: 1, memory: 1 },
  memberBytes: 1,
  results: 'none',
  createdAt: NOW,
  replies: [],
}

function settled(failed: number, share: number): object {
  const example = `${record.id}-0`
  const facts: MemberFacts = {
    live: 0,
    succeeded: 100 - failed,
    cancelled: 0,
    failures: [{ kind: 'model_error', count: failed, example }],
    hasAgain: false,
  }
  return settle(record, facts, { policy: 'tolerate', share }, NOW)
}

test('n of 100 failed members are within n %, though 0.29 times 100 is less than 29', () => {
  for (let percent = 1; percent < 99; percent += 1) {
    expect(settled(percent, percent / 100)).toMatchObject({ ensemble: { state: 'partial' } })
    expect(settled(percent + 1, percent / 100)).toMatchObject({
      ensemble: {
        state: 'failed',
        reason: `${percent + 1} of 100 members have failed, and its failure policy tolerates ${percent} %`,
      },
    })
  }
})
