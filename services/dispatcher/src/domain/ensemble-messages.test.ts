import { expect, test } from 'vitest'
import { ENSEMBLE, sampleEnsemble, sampleSpec } from './ensemble.fixture.ts'
import { ensembleMessages, type EnsembleScene } from './ensemble-messages.ts'
import { NO_MEMBERS, type EnsembleRecord } from './ensemble-record.ts'
import { START } from './sample.fixture.ts'

const record = sampleEnsemble({ version: 7, state: 'partial', cursor: 10, endedAt: START })
const scene: EnsembleScene = {
  spec: sampleSpec(),
  facts: { ...NO_MEMBERS, succeeded: 9 },
  out: { queued: 0, running: 0 },
}
const told = (after: EnsembleRecord) => ensembleMessages(record, after, scene, 'lab', START)

test('what the store keeps of an ensemble says that its results are complete', () => {
  const [message, ...others] = told({ ...record, version: 8, results: 'complete' })
  expect(others).toEqual([])
  expect(message).toMatchObject({ lane: 'records', body: { id: ENSEMBLE, results: 'complete' } })
})

test('nothing is told of members that were fed', () => {
  expect(told({ ...record, version: 8, cursor: 11 })).toEqual([])
})
