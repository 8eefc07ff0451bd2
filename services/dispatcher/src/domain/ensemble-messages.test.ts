import { expect, test } from 'vitest'
import { ensembleMessages, type EnsembleScene } from './ensemble-messages.ts'
import { NO_MEMBERS, type EnsembleRecord } from './ensemble-record.ts'
import { model, START } from './sample.fixture.ts'

const id = 'e01k00000000000000000000000'
const record: EnsembleRecord = {
  v: 1,
  version: 7,
  id,
  state: 'partial',
  submitter: 'ann',
  model: 'dalec@1.0.0',
  labels: {},
  pool: 'default',
  priority: 0,
  members: 10,
  cursor: 10,
  round: 0,
  cost: { cpus: 1, memory: 1 },
  memberBytes: 2000,
  results: 'none',
  createdAt: START,
  endedAt: START,
  replies: [],
}
const scene: EnsembleScene = {
  spec: {
    v: 1,
    id,
    model: record.model,
    image: model.image,
    design: { kind: 'random', samples: 10, seed: 1, dimensions: [] },
    varied: [],
    base: { params: {}, inputs: {} },
    resources: record.cost,
    timeout: 60,
    lease: 60,
    retries: 0,
    failure: { policy: 'continue' },
    labels: {},
    metrics: {},
    outputs: {},
    notes: [],
  },
  facts: { ...NO_MEMBERS, succeeded: 9 },
  out: { queued: 0, running: 0 },
}
const told = (after: EnsembleRecord) => ensembleMessages(record, after, scene, 'lab', START)

test('what the store keeps of an ensemble says that its results are complete', () => {
  const [message, ...others] = told({ ...record, version: 8, results: 'complete' })
  expect(others).toEqual([])
  expect(message).toMatchObject({ lane: 'records', body: { id, results: 'complete' } })
})

test('nothing is told of members that were fed', () => {
  expect(told({ ...record, version: 8, cursor: 11 })).toEqual([])
})
