import { expect, test } from 'vitest'
import { ENSEMBLE, sampleEnsemble, sampleSpec } from './domain/ensemble.fixture.ts'
import { ensembleView, NO_MEMBERS, type EnsembleRecord } from './domain/ensemble-record.ts'
import { START } from './domain/sample.fixture.ts'
import { storedEnsembles } from './stored-ensembles.ts'

/** A store that has this ensemble as it was last written down. */
function storeOf(record: EnsembleRecord) {
  const spec = sampleSpec()
  const view = ensembleView(record, spec, NO_MEMBERS, { queued: 0, running: 0 })
  const written: unknown = JSON.parse(JSON.stringify({ ...view, spec, record }))
  return storedEnsembles({
    readEnsemble: async (id) => (id === ENSEMBLE ? written : undefined),
    ensembles: async () => [ENSEMBLE, 'lost+found'],
  })
}
const ended = { state: 'succeeded', endedAt: START } as const

test('one that goes on, or whose results were not made, is unfinished; one that has both is found as ended', async () => {
  const running = storeOf(sampleEnsemble())
  expect(await running.unfinished(ENSEMBLE)).toMatchObject({ record: { state: 'running' } })
  expect(await running.find(ENSEMBLE)).toBeUndefined()
  const bare = storeOf(sampleEnsemble(ended))
  expect(await bare.unfinished(ENSEMBLE)).toMatchObject({ record: { state: 'succeeded', results: 'none' } })
  const whole = storeOf(sampleEnsemble({ ...ended, results: 'complete' }))
  expect(await whole.unfinished(ENSEMBLE)).toBeUndefined()
  expect(await whole.find(ENSEMBLE)).toMatchObject({ view: { state: 'succeeded', results: 'complete' } })
})

test('other folders are no ensembles, and what is not there is not known', async () => {
  const store = storeOf(sampleEnsemble())
  expect(await store.ids()).toEqual([ENSEMBLE])
  expect(await store.unfinished('e01k00000000000000000000009')).toBeUndefined()
})
