import { expect, test } from 'vitest'
import { factsOf, sampleEnsemble } from '../domain/sample-ensemble.fixture.ts'
import type { EnsembleRecord, MemberFacts } from '../domain/ensemble-record.ts'
import { START } from '../domain/sample.fixture.ts'
import { Unavailable } from '../api.ts'
import { analyseEnsemble } from './analyse-ensemble.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** An ensemble of which the tests say how far it is, and how often tables were made of it. */
function setup(more: Partial<EnsembleRecord> = {}) {
  const { record, spec } = sampleEnsemble(more)
  const now = {
    record,
    facts: factsOf(),
    made: [] as { succeeded: number; complete: boolean }[],
    rows: 0,
    isClaimed: false,
  }
  const wrong: { err?: Error } = {}
  const analyse = analyseEnsemble({
    ensembles: {
      read: async () => now.record,
      spec: async () => spec,
      facts: async () => now.facts,
      claimResults: async () => (now.isClaimed ? undefined : { release: async () => {} }),
    },
    clock: { now: () => 0, iso: () => START },
    files: {
      async analyse(_record, _spec, complete) {
        if (wrong.err) throw wrong.err
        now.made.push({ succeeded: now.rows, complete })
      },
    },
    async flush() {
      const moved = now.facts.succeeded - now.rows
      now.rows = now.facts.succeeded
      return moved
    },
    async change(_id, decide) {
      const decision = decide(now.record, now.facts, spec)
      if ('refused' in decision)
        return { refused: decision.refused, record: now.record, facts: now.facts, spec }
      const before = now.record
      now.record = decision.ensemble
      return { before, after: now.record, facts: now.facts, spec }
    },
    log: silent,
  })
  const facts = (some: Partial<MemberFacts>) => (now.facts = factsOf(some))
  return { now, wrong, facts, analyse: () => analyse.now(record.id) }
}

test('results so far are made anew when members have ended since, whoever has moved their rows', async () => {
  const { now, facts, analyse } = setup()
  facts({ succeeded: 3 })
  await analyse()
  await analyse()
  expect(now.made).toEqual([{ succeeded: 3, complete: false }])
  facts({ succeeded: 5 })
  // its rows went to the store because they had waited for long
  now.rows = 5
  await analyse()
  expect(now.made.at(-1)).toEqual({ succeeded: 5, complete: false })
})

test('results of an ended one are made once, and are complete', async () => {
  const { now, facts, analyse } = setup({ state: 'succeeded', endedAt: START, cursor: 100 })
  facts({ succeeded: 100 })
  await Promise.all([analyse(), analyse()])
  await analyse()
  expect(now.made).toEqual([{ succeeded: 100, complete: true }])
  expect(now.record.results).toBe('complete')
})

test('results that cannot be made are told so, and tried again when they are asked for', async () => {
  const { now, wrong, analyse } = setup({ state: 'succeeded', endedAt: START, cursor: 100 })
  wrong.err = new Error('no room on the disk')
  await expect(analyse()).rejects.toThrow('no room')
  expect(now.record.results).toBe('failed')
  delete wrong.err
  await analyse()
  expect(now.record.results).toBe('complete')
})

test('results that another dispatcher is making are left to it', async () => {
  const { now, facts, analyse } = setup()
  facts({ succeeded: 3 })
  now.isClaimed = true
  await expect(analyse()).rejects.toThrow(Unavailable)
  expect(now.made).toEqual([])
  now.isClaimed = false
  await analyse()
  expect(now.made).toHaveLength(1)
})
