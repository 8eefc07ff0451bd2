import { expect, test } from 'vitest'
import { NO_MEMBERS, type EnsembleRecord } from '../domain/ensemble-record.ts'
import { sampleEnsemble, sampleSpec } from '../domain/ensemble.fixture.ts'
import { sampleRun, START } from '../domain/sample.fixture.ts'
import { SEGMENT } from './flush-rows.ts'
import { tendEnsembles } from './tend-ensembles.ts'

const record = sampleEnsemble({ cursor: 10 })
const ID = record.id

test('a store that takes no rows does not keep a cancelled ensemble from being stopped, nor is it asked for ever', async () => {
  const store = Promise.withResolvers<number>()
  const stopped: string[] = []
  let now: EnsembleRecord = record
  let looks = 0
  const flushing = Promise.withResolvers<void>()
  const looked = [1, 2, 3].map(() => Promise.withResolvers<void>())
  const tender = tendEnsembles({
    ensembles: {
      async *members() {
        yield [`${ID}-7`]
      },
      rowCount: async () => SEGMENT,
      out: async () => ({ queued: 0, running: 1 }),
      open: async () => [ID],
    },
    feed: { add: async () => {} },
    async changeEnsemble() {
      looked[looks++]?.resolve()
      return { refused: 'it goes on', record: now, facts: NO_MEMBERS, spec: sampleSpec() }
    },
    async change(run) {
      stopped.push(run)
      return { run: sampleRun(), effects: [] }
    },
    flush() {
      flushing.resolve()
      return store.promise
    },
    analyse: async () => {},
    check: () => {},
    clock: { now: () => 0, iso: () => START },
    gate: { isOpen: () => true, isRecovering: () => false },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  tender.touched(ID)
  await flushing.promise
  now = { ...record, cancelRequested: true }
  tender.touched(ID)
  await looked[1]!.promise
  tender.touched(ID)
  await looked[2]!.promise
  store.resolve(0)
  await tender[Symbol.asyncDispose]()
  expect(stopped).toEqual([`${ID}-7`])
})
