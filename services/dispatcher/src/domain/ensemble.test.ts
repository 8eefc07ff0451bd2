import { ensembleStates, isEnded, type EnsembleState, type FailurePolicy } from '@carya/contracts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { factsOf, sampleEnsemble } from './sample-ensemble.fixture.ts'
import {
  analysed,
  cancelEnsemble,
  change,
  checked,
  faulty,
  isEnding,
  pause,
  rerun,
  resume,
  settle,
  type EnsembleDecision,
} from './ensemble.ts'
import { countsOf, type EnsembleRecord } from './ensemble-record.ts'
import { START } from './sample.fixture.ts'

const of = (more: Partial<EnsembleRecord> = {}) => sampleEnsemble(more).record
/** One whose table is not read yet. */
const { record: unread } = sampleEnsemble(
  {},
  { design: { kind: 'table', url: 'https://data.example/rows.csv' } },
)
/** One whose members have all been fed. */
const whole = (more: Partial<EnsembleRecord> = {}) => of({ cursor: 100, ...more })
const made = (decision: EnsembleDecision): EnsembleRecord => {
  if ('refused' in decision) throw new Error(decision.refused)
  return decision.ensemble
}
const CONTINUE = { policy: 'continue' } as const
const STOP = { policy: 'stop' } as const
const tolerate = (share: number): FailurePolicy => ({ policy: 'tolerate', share })
const judged = (record: EnsembleRecord, facts: object, policy: FailurePolicy = CONTINUE) =>
  settle(record, factsOf(facts), policy, START)

describe('the end of an ensemble', () => {
  test.each([
    ['all have succeeded', { succeeded: 100 }, 'succeeded'],
    ['some have failed', { succeeded: 90, failed: 10 }, 'partial'],
    ['one was cancelled by itself', { succeeded: 99, cancelled: 1 }, 'partial'],
    ['all have failed', { failed: 100 }, 'failed'],
    ['none has succeeded', { failed: 99, cancelled: 1 }, 'failed'],
  ] as const)('where %s', (_why, facts, state) => {
    expect(made(judged(whole(), facts))).toMatchObject({ state, endedAt: START, version: 2 })
  })

  test.each([
    ['members live', whole(), { succeeded: 99, live: 1 }],
    ['members wait to run again', whole(), { succeeded: 99, hasAgain: true }],
    ['members have never run', of({ cursor: 99 }), { succeeded: 99 }],
    ['its table is being read', of({ state: 'checking' }), {}],
    ['it has ended', whole({ state: 'partial', endedAt: START }), { succeeded: 90, failed: 10 }],
  ])('has not come while %s', (_why, record, facts) => {
    expect(judged(record, facts)).toHaveProperty('refused')
  })

  test('comes for a paused one too, when its last member ends', () => {
    expect(made(judged(whole({ state: 'paused' }), { succeeded: 100 })).state).toBe('succeeded')
  })

  test('tolerate counts shares of all members, and its exact share is still within it', () => {
    const at = (failed: number) => judged(of({ cursor: 20 }), { failed, live: 2 }, tolerate(0.05))
    expect(at(5)).toHaveProperty('refused')
    expect(made(at(6))).toMatchObject({ state: 'running', givenUp: expect.stringMatching(/6 of 100.*5 %/) })
    expect(made(judged(whole(), { succeeded: 95, failed: 5 }, tolerate(0.05))).state).toBe('partial')
    expect(made(judged(whole(), { succeeded: 94, failed: 6 }, tolerate(0.05))).state).toBe('failed')
    expect(made(judged(whole(), { succeeded: 1, failed: 99 }, tolerate(1))).state).toBe('partial')
    expect(made(judged(whole(), { succeeded: 99, failed: 1 }, tolerate(0))).state).toBe('failed')
  })

  test('stop gives it up with the first failed member, and it has failed when nothing lives any more', () => {
    const given = made(judged(of({ cursor: 8 }), { failed: 1, live: 7 }, STOP))
    expect([given.state, isEnding(given)]).toEqual(['running', true])
    expect(judged(given, { failed: 1, live: 3, cancelled: 4 }, STOP)).toHaveProperty('refused')
    const end = made(judged(given, { failed: 1, cancelled: 7 }, STOP))
    expect(end).toMatchObject({ state: 'failed', reason: given.givenUp, endedAt: START })
    expect(isEnding(end)).toBe(false)
  })

  test('that was given up stays given up, whatever its members come to', () => {
    const given = made(judged(of({ cursor: 8 }), { failed: 1, live: 7 }, STOP))
    expect(made(judged(given, { succeeded: 100 }, CONTINUE)).state).toBe('failed')
  })

  test('of a cancelled one waits for what runs', () => {
    const asked = made(cancelEnsemble(of({ cursor: 8 }), factsOf({ live: 8 }), START))
    expect(asked).toMatchObject({ state: 'running', cancelRequested: true })
    expect(judged(asked, { live: 1, cancelled: 7 })).toHaveProperty('refused')
    // a member that was quicker keeps its end
    expect(made(judged(asked, { cancelled: 7, succeeded: 1 }))).toMatchObject({
      state: 'cancelled',
      endedAt: START,
    })
    expect(made(cancelEnsemble(of(), factsOf(), START))).toMatchObject({ state: 'cancelled', endedAt: START })
  })
})

describe('running failed members again', () => {
  test('takes back what ended it, and only that', () => {
    const end = made(judged(whole(), { succeeded: 90, failed: 10 }, tolerate(0.05)))
    const again = made(rerun({ ...end, results: 'complete' }, factsOf({ succeeded: 90, failed: 10 })))
    const { version, round, startedAt, ...rest } = again
    void startedAt
    expect([version, round]).toEqual([end.version + 1, 1])
    const { version: was, round: first, ...before } = whole()
    void [was, first]
    expect(rest).toEqual(before)
    // nothing fails this time
    expect(made(judged(again, { succeeded: 100 }, tolerate(0.05))).state).toBe('succeeded')
    expect(made(rerun({ ...end, round: 4 }, factsOf({ failed: 1 }))).round).toBe(5)
  })

  test('goes on where its policy had cut it short, although no member is left that failed', () => {
    const cut = of({ cursor: 8, state: 'failed', givenUp: 'why', reason: 'why', endedAt: START })
    expect(made(rerun(cut, factsOf({ succeeded: 8 })))).toMatchObject({ state: 'running', cursor: 8 })
  })

  test('may be asked while it goes on, and leaves a paused one paused', () => {
    expect(made(rerun(of({ cursor: 8 }), factsOf({ failed: 1, live: 7 }))).state).toBe('running')
    expect(made(rerun(of({ state: 'paused' }), factsOf({ failed: 1 }))).state).toBe('paused')
  })

  test.each([
    ['its table is read', of({ state: 'checking' }), { failed: 1 }],
    ['it was cancelled', of({ state: 'cancelled', cancelRequested: true }), { failed: 1 }],
    ['its table had faults', { ...unread, state: 'failed' }, {}],
    ['nothing has failed', whole({ state: 'succeeded' }), { succeeded: 100 }],
    ['it goes on, and nothing has failed', of({ cursor: 8 }), { live: 8 }],
    ['its members are being stopped', of({ cursor: 8, givenUp: 'why' }), { failed: 1, live: 7 }],
  ] as const)('is refused where %s', (_why, record, facts) => {
    expect(rerun(record, factsOf(facts))).toHaveProperty('refused')
  })
})

describe('what people ask', () => {
  test('is taken where it can be done, and refused with the reason elsewhere', () => {
    const can = (state: EnsembleState, more: Partial<EnsembleRecord> = {}) => {
      const record = of({ state, ...more, ...(isEnded(state) ? { endedAt: START } : {}) })
      const all = {
        pause: pause(record),
        resume: resume(record),
        change: change(record, { priority: 2 }),
        cancel: cancelEnsemble(record, factsOf({ live: 1 }), START),
        checked: checked(record, 5),
        analysed: analysed(record, 'complete'),
      }
      return Object.entries(all).flatMap(([name, each]) => ('refused' in each ? [] : [name]))
    }
    const ended = ensembleStates.filter(isEnded)
    for (const state of ended) expect([state, can(state)]).toEqual([state, ['analysed']])
    expect(can('checking')).toEqual(['change', 'cancel', 'checked'])
    expect(can('running')).toEqual(['pause', 'change', 'cancel'])
    expect(can('paused')).toEqual(['resume', 'change', 'cancel'])
    expect(can('running', { cancelRequested: true })).toEqual(['change'])
    expect(can('paused', { cancelRequested: true })).toEqual(['change'])
    expect(can('running', { givenUp: 'why' })).toEqual(['change', 'cancel'])
    expect(can('paused', { givenUp: 'why' })).toEqual(['change', 'cancel'])
  })

  test('changes the bound on members at once, and takes it away with null', () => {
    const bound = made(change(of(), { maxParallel: 4 }))
    expect([bound.maxParallel, bound.priority]).toEqual([4, 0])
    expect(made(change(bound, { priority: -2 }))).toMatchObject({ maxParallel: 4, priority: -2 })
    expect(made(change(bound, { maxParallel: null }))).not.toHaveProperty('maxParallel')
  })

  test('results are complete once, and may fail', () => {
    const end = whole({ state: 'partial', endedAt: START })
    expect(made(analysed(end, 'failed')).results).toBe('failed')
    expect(analysed(made(analysed(end, 'complete')), 'complete')).toHaveProperty('refused')
  })
})

describe('a table that was read', () => {
  test('gives the number of members, or ends it with its faults', () => {
    expect(made(checked(unread, 12))).toMatchObject({ state: 'running', members: 12, cursor: 0 })
    const errors = [{ path: 'design.url: row 3, column lai', value: 'x', detail: 'a finite number' }]
    expect(made(faulty(unread, errors, START))).toMatchObject({
      state: 'failed',
      errors,
      results: 'failed',
      endedAt: START,
    })
    expect(faulty(of(), errors, START)).toHaveProperty('refused')
  })
})

test('counts add up to the whole, and nothing is pending of one that has ended', () => {
  const facts = factsOf({ succeeded: 5, failed: 2, cancelled: 1, live: 4 })
  expect(countsOf(of(), facts, { queued: 1, running: 2 })).toEqual({
    total: 100,
    pending: 89,
    queued: 1,
    running: 2,
    succeeded: 5,
    failed: 2,
    cancelled: 1,
  })
  // read one after the other: a member may be counted twice, never less than none
  expect(countsOf(of({ members: 8 }), facts, { queued: 1, running: 2 }).pending).toBe(0)
})

test('whatever is asked and happens, an ensemble ends once in each round, and its versions only grow', () => {
  const word = fc.constantFrom(
    'fed',
    'succeeded',
    'failed',
    'cancelled',
    'pause',
    'resume',
    'cancel',
    'rerun',
  )
  const policy = fc.oneof(
    fc.constant(CONTINUE),
    fc.constant(STOP),
    fc.double({ min: 0, max: 1, noNaN: true }).map(tolerate),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 80 }), policy, (words, given) => {
      let record = of({ members: 6 })
      const facts = { live: 0, succeeded: 0, failed: 0, cancelled: 0, again: 0 }
      let ends = 0
      const take = (decision: EnsembleDecision) => {
        if ('refused' in decision) return false
        const after = decision.ensemble
        expect(after.version).toBe(record.version + 1)
        expect(isEnded(after.state)).toBe(after.endedAt !== undefined)
        if (isEnded(after.state) && !isEnded(record.state)) ends += 1
        record = after
        return true
      }
      const now = () => factsOf({ ...facts, hasAgain: facts.again > 0 })
      for (const each of words) {
        if (each === 'pause') take(pause(record))
        if (each === 'resume') take(resume(record))
        if (each === 'cancel') take(cancelEnsemble(record, now(), START))
        if (each === 'rerun' && take(rerun(record, now())))
          Object.assign(facts, {
            failed: 0,
            cancelled: 0,
            again: facts.again + facts.failed + facts.cancelled,
          })
        const feeds = record.state === 'running' && !isEnding(record)
        if (each === 'fed' && feeds && facts.again > 0) {
          facts.again -= 1
          facts.live += 1
        } else if (each === 'fed' && feeds && record.cursor < 6) {
          record = { ...record, cursor: record.cursor + 1, version: record.version + 1 }
          facts.live += 1
        }
        if ((each === 'succeeded' || each === 'failed' || each === 'cancelled') && facts.live > 0) {
          facts.live -= 1
          facts[each] += 1
        }
        take(settle(record, now(), given, START))
        // nothing ends that lives still, but a cut ensemble may leave members that never ran
        if (isEnded(record.state)) expect(facts.live).toBe(0)
        if (record.state === 'succeeded') expect([facts.succeeded, facts.again]).toEqual([6, 0])
        const all = facts.live + facts.succeeded + facts.failed + facts.cancelled + facts.again
        expect(all).toBe(record.cursor)
      }
      expect(ends).toBeLessThanOrEqual(record.round + 1)
      // with nothing alive and nothing to feed it has ended
      const idle = facts.live === 0 && facts.again === 0 && record.cursor === 6
      if (idle) expect(isEnded(record.state)).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
