import { failureKinds, RunView, type Finished, type HeldReport, type Token } from '@carya/contracts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ENSEMBLE, sampleEnsemble } from './sample-ensemble.fixture.ts'
import { orderFor } from './lease.ts'
import {
  endedView,
  endWord,
  endWords,
  memberId,
  memberOf,
  newMember,
  rowOf,
  stillborn,
  tombstone,
} from './member.ts'
import { viewOf, type RunRecord } from './record.ts'
import { isAhead, madeAgain } from './recovery.ts'
import { decide, type RunEvent } from './run.ts'
import { START } from './sample.fixture.ts'

const LATER = '2026-01-01T01:00:00.000Z'
const NONCE = '1111111111111111'
const { record, spec } = sampleEnsemble(
  {},
  {
    design: {
      kind: 'table',
      rows: [{ lai: 3, scheme: 'farquhar', 'input.drivers': 'https://data.example/d.nc' }],
    },
  },
)
const values = {
  params: { lai: 3, scheme: 'farquhar' },
  inputs: { drivers: { url: 'https://data.example/d.nc', sha256: 'a'.repeat(64) } },
}
const pending = newMember(record, spec, 17, values)

function apply(run: RunRecord, ...events: RunEvent[]): RunRecord {
  return events.reduce((now, event) => {
    const decision = decide(now, event, LATER, 0)
    if ('refused' in decision) throw new Error(decision.refused)
    return decision.run
  }, run)
}

const token: Token = { run: pending.id, attempt: 1, nonce: NONCE }
const running = apply(
  pending,
  { type: 'fed', nonce: NONCE },
  { type: 'claimed', token, worker: 'w1', at: START },
  { type: 'started', token, worker: 'w1', container: 'c', startedAt: START },
)
const finished = (more: Partial<Finished> = {}): RunEvent => ({
  type: 'finished',
  report: {
    v: 1,
    kind: 'finished',
    ...token,
    worker: 'w1',
    at: LATER,
    outcome: 'succeeded',
    container: 'c',
    finishedAt: LATER,
    exitCode: 0,
    usage: { cpuSeconds: 1.5, maxMemoryBytes: 2 ** 20 },
    metrics: { gpp: 7.5 },
    outputs: [{ name: 'daily.csv', bytes: 7 }],
    outputsTotal: 1,
    logTail: 'done\n',
    folder: `ensembles/${ENSEMBLE}/0/17/1-${NONCE}`,
    ...more,
  },
})

describe('a member', () => {
  test('is named by its ensemble and index, and has what is pinned with what varies over it', () => {
    expect(memberOf(memberId(ENSEMBLE, 99_999_999))).toEqual({ ensemble: ENSEMBLE, index: 99_999_999 })
    expect(memberOf('r01k00000000000000000000000')).toBeUndefined()
    expect(pending).toMatchObject({
      id: `${ENSEMBLE}-17`,
      index: 17,
      ensemble: ENSEMBLE,
      params: { lai: 3, years: 4, verbose: false, scheme: 'farquhar' },
      inputs: values.inputs,
      varied: ['input.drivers', 'lai', 'scheme'],
      state: 'pending',
    })
  })

  test('that ended is told from its row as from its record', () => {
    const failure = { kind: 'model_error' as const, detail: 'exit code 3' }
    const failed = finished({ outcome: 'failed', exitCode: 3, failure, logTail: 'last words' })
    for (const end of [apply(running, finished()), apply({ ...running, retries: 0 }, failed)]) {
      const row = JSON.parse(JSON.stringify(rowOf(end)))
      expect(row).toMatchObject({ index: 17, round: 0, attempts: 1, params: values.params })
      const view = endedView(record, { ...spec, retries: end.retries }, row)
      RunView.parse(view)
      const { outputs, cancelRequested, logTail, attempts, ...was } = viewOf(end)
      void [outputs, cancelRequested]
      const { attempts: shown, logTail: tail, ...is } = view
      expect(is).toEqual(was)
      expect(shown).toMatchObject([
        { attempt: 1, nonce: NONCE, worker: 'w1', exitCode: attempts[0]!.exitCode },
      ])
      // the log of one that went well is in the store
      expect(tail).toBe(end.state === 'failed' ? logTail : undefined)
    }
  })

  test('that was cancelled, or could not be made, has a row too', () => {
    const cancelled = apply(pending, { type: 'cancel' })
    expect(rowOf(cancelled)).toMatchObject({ state: 'cancelled', attempts: 0, metrics: {} })
    expect(endWord(cancelled)).toBe('cancelled')
    const born = stillborn(record, spec, 5, 'the table is gone', START)
    expect(rowOf(born)).toMatchObject({
      index: 5,
      state: 'failed',
      failure: { kind: 'input_unavailable', detail: 'the table is gone' },
      params: {},
    })
    expect([endWord(born), endedView(record, spec, rowOf(born)).state]).toEqual([
      'input_unavailable',
      'failed',
    ])
    expect(() => rowOf(running)).toThrow(/has not ended/)
  })

  test('stands in one set by its end, whatever that is', () => {
    for (const kind of failureKinds) {
      const failed: RunRecord = { ...running, state: 'failed', failure: { kind, detail: '' }, endedAt: LATER }
      expect(endWord(failed)).toBe(kind)
    }
    expect(new Set(endWords).size).toBe(failureKinds.length + 2)
  })

  test('keeps the end of a long log only', () => {
    const failure = { kind: 'model_error' as const, detail: '' }
    const tail = `${'x'.repeat(5000)}the cause`
    const end: RunRecord = { ...running, state: 'failed', failure, logTail: tail, endedAt: LATER }
    expect(rowOf(end).logTail).toHaveLength(1000)
    expect(rowOf(end).logTail).toMatch(/the cause$/)
  })
})

describe('a member that runs again', () => {
  const again = newMember({ ...record, round: 1 }, spec, 17, values)

  test('is not mistaken for what it was: attempts and versions go on above those before', () => {
    const fed = apply(again, { type: 'fed', nonce: '2222222222222222' })
    const ended = apply(running, finished())
    expect(fed.version).toBeGreaterThan(ended.version)
    expect(fed.lastAttempt).toBeGreaterThan(ended.lastAttempt)
    // a third attempt of the first round comes late, when this round is at its first
    const late = { ...token, attempt: 3 }
    expect(isAhead(fed, { ...late, phase: 'running' })).toBe(false)
    expect(orderFor({ ...late, phase: 'running' }, 'w1', fed).do).toBe('stop')
    expect(decide(fed, finished({ attempt: 3 }), LATER, 0)).toMatchObject({
      effects: [{ kind: 'order', order: { do: 'settled' } }],
    })
  })
})

describe('a tombstone', () => {
  const gone = tombstone(pending.id, 'succeeded')
  const tokens = fc.record({
    run: fc.constant(pending.id),
    attempt: fc.integer({ min: 1, max: 5000 }),
    nonce: fc.constantFrom(NONCE, '2222222222222222'),
  })
  const worker = fc.constantFrom('w1', 'w2')
  const held = fc.record({
    token: tokens,
    worker,
    phase: fc.constantFrom('claimed', 'granted', 'running', 'finished'),
  })

  test('changes by nothing, and lets everybody go: settled, refused or stop, and never as unused', () => {
    const event = fc.oneof(
      fc.constantFrom<RunEvent>(
        { type: 'fed', nonce: NONCE },
        { type: 'due' },
        { type: 'deadline' },
        { type: 'cancel' },
      ),
      fc
        .tuple(tokens, worker)
        .chain(([of, from]) =>
          fc.constantFrom<RunEvent>(
            { type: 'claimed', token: of, worker: from, at: START },
            { type: 'claimed', token: of, worker: from, at: START, isDraining: true },
            { type: 'started', token: of, worker: from, container: 'c', startedAt: START },
            { type: 'declined', token: of, worker: from, reason: 'full' },
            { type: 'lost', token: of, failure: { kind: 'worker_lost', detail: '' } },
            { type: 'job lost', token: of },
            { type: 'found', held: heldBy(of, from) },
            finished({ ...of, worker: from }),
            finished({ ...of, worker: from, outcome: 'stopped' }),
          ),
        ),
    )
    fc.assert(
      fc.property(event, (each) => {
        const decision = decide(gone, each, LATER, 0)
        expect(decision).toHaveProperty('refused')
        const asked = each.type === 'claimed' || each.type === 'finished'
        expect(decision.effects.length).toBe(asked ? 1 : 0)
        for (const effect of decision.effects) {
          if (effect.kind !== 'order') throw new Error(`a tombstone has an effect: ${effect.kind}`)
          const { order } = effect
          if (order.do === 'refused') expect(order.unused).toBe(false)
          else expect(order.do).toBe('settled')
        }
      }),
      { numRuns: 500 },
    )
  })

  test('is never older than what a host holds, and its heartbeat is told to let go', () => {
    fc.assert(
      fc.property(held, fc.boolean(), ({ token: of, worker: from, phase }, isRecovering) => {
        expect(isAhead(gone, { ...of, phase })).toBe(false)
        expect(['stop', 'settled']).toContain(orderFor({ ...of, phase }, from, gone, isRecovering).do)
      }),
    )
  })

  function heldBy(of: Token, from: string): HeldReport {
    return { v: 1, kind: 'held', ...of, worker: from, at: START, phase: 'running' }
  }

  test('is not what a member is made again from', () => {
    expect(madeAgain(heldBy(token, 'w1'), undefined)).toHaveProperty('refused')
    expect(gone).toMatchObject({ ensemble: ENSEMBLE, index: 17, endedAt: expect.anything() })
  })
})
