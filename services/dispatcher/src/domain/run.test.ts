import * as fc from 'fast-check'
import { allows, isTerminal, type Finished, type Token } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { jobOf } from './job.ts'
import { denied } from './lease.ts'
import { waitingOf } from './placement.ts'
import { costOf, type RunRecord } from './record.ts'
import { decide, type Effect, type RunEvent } from './run.ts'
import { sampleRun, START } from './sample.fixture.ts'

const LATER = '2026-01-01T00:01:00.000Z'

const token = (run: RunRecord): Token => {
  const { attempt, nonce } = run.attempts.at(-1)!
  return { run: run.id, attempt, nonce }
}
const finished = (of: Token, worker: string, more: Partial<Finished> = {}): Finished => ({
  v: 1,
  kind: 'finished',
  ...of,
  worker,
  at: START,
  outcome: 'succeeded',
  finishedAt: START,
  exitCode: 0,
  metrics: { gpp: of.attempt },
  outputs: [],
  outputsTotal: 0,
  logTail: '',
  folder: `runs/${of.run}/${of.attempt}-${of.nonce}`,
  ...more,
})
/** Applies an event that must count. */
const apply = (run: RunRecord, event: RunEvent): { run: RunRecord; effects: Effect[] } => {
  const decision = decide(run, event, START, 0)
  if ('refused' in decision) throw new Error(decision.refused)
  return decision
}
const fed = (nonce = '1111111111111111', run = sampleRun()) => apply(run, { type: 'fed', nonce }).run
const granted = (run = fed(), worker = 'w1') =>
  apply(run, { type: 'claimed', token: token(run), worker, at: START }).run
const ordersOf = (effects: Effect[]) =>
  effects.flatMap((each) => (each.kind === 'order' ? [each.order.do] : []))

describe('a run that goes well', () => {
  test('is fed, granted, finished, and settled with its worker', () => {
    const run = granted()
    expect(run.state).toBe('running')
    const end = apply(run, { type: 'finished', report: finished(token(run), 'w1') })
    expect(end.run).toMatchObject({
      state: 'succeeded',
      metrics: { gpp: 1 },
      folder: expect.stringContaining('1-1111'),
    })
    expect(end.effects.map((each) => each.kind)).toEqual(['order', 'changed', 'ended'])
    expect(ordersOf(end.effects)).toEqual(['settled'])
  })

  test('a claim that comes twice is granted twice, without a second change', () => {
    const run = granted()
    const again = decide(run, { type: 'claimed', token: token(run), worker: 'w1', at: START }, START, 0)
    expect(again).toMatchObject({ refused: 'granted already' })
    expect(ordersOf(again.effects)).toEqual(['granted'])
  })

  test('a later claim of the same worker, which was restarted, counts from then on, until the model has started', () => {
    const run = granted()
    const claim = { type: 'claimed', token: token(run), worker: 'w1', at: LATER } as const
    const { run: again, effects } = apply(run, claim)
    expect(again).toMatchObject({ state: 'running', attempts: [{ claimedAt: LATER }] })
    expect(ordersOf(effects)).toEqual(['granted'])
    expect(decide(again, claim, LATER, 0)).toMatchObject({ refused: 'granted already' })
    expect(decide(again, { ...claim, at: START }, LATER, 0)).toMatchObject({ refused: 'granted already' })
    // what it said before it took up the job again cannot list the attempt, though it may be read later
    const held = { ...token(again), lease: 60, claimedAt: again.attempts[0]!.claimedAt! }
    expect(denied([held], { at: START, attempts: [] })).toEqual([])
    const began = {
      type: 'started',
      token: token(run),
      worker: 'w1',
      container: 'c',
      startedAt: START,
    } as const
    const started = apply(run, began).run
    expect(decide(started, claim, LATER, 0)).toMatchObject({ refused: 'granted already' })
  })

  test('a second worker with the same job is refused', () => {
    const run = granted()
    const other = decide(run, { type: 'claimed', token: token(run), worker: 'w2', at: START }, START, 0)
    expect('refused' in other && ordersOf(other.effects)).toEqual(['refused'])
  })

  test('a claim of a worker that is drained is refused, and the run goes back into the line', () => {
    const queued = fed()
    const claim = {
      type: 'claimed',
      token: token(queued),
      worker: 'w1',
      at: START,
      isDraining: true,
    } as const
    const { run, effects } = apply(queued, claim)
    expect(run).toMatchObject({ state: 'pending', attempts: [], modelFailures: 0, hostFaults: [] })
    expect(effects).toMatchObject([
      { kind: 'order', order: { do: 'refused', unused: true } },
      { kind: 'changed' },
    ])
    // what it was granted before it goes on with, and asks for again
    const again = decide(granted(queued), claim, START, 0)
    expect(again).toMatchObject({ refused: 'granted already' })
    expect(ordersOf(again.effects)).toEqual(['granted'])
  })

  test('who is refused an attempt that somebody has, or had, must leave its folder alone', () => {
    const run = granted()
    const claim = { type: 'claimed', token: token(run), worker: 'w2', at: START } as const
    const ended = apply(run, { type: 'finished', report: finished(token(run), 'w1') }).run
    const cancelled = apply(fed(), { type: 'cancel' }).run
    const unused = [run, ended, cancelled].map((each) =>
      decide(each, claim, START, 0).effects.map((effect) => effect.kind === 'order' && effect.order),
    )
    expect(unused).toMatchObject([[{ unused: false }], [{ unused: false }], [{ unused: true }]])
  })
})

describe('failures', () => {
  const failing = (kind: 'model_error' | 'engine_error') => ({
    outcome: 'failed' as const,
    exitCode: 3,
    failure: { kind, detail: 'x' },
  })

  test("the model's own spend its retries, then the run has failed", () => {
    const first = granted()
    const retried = apply(first, {
      type: 'finished',
      report: finished(token(first), 'w1', failing('model_error')),
    })
    expect(retried.run).toMatchObject({ state: 'pending', modelFailures: 1 })
    expect(retried.run.notBefore! > START).toBe(true)
    const second = granted(fed('2222222222222222', retried.run))
    const ended = apply(second, {
      type: 'finished',
      report: finished(token(second), 'w1', failing('model_error')),
    })
    expect(ended.run).toMatchObject({ state: 'failed', failure: { kind: 'model_error' } })
    expect(ended.run.attempts).toHaveLength(2)
  })

  test('[38] faults of hosts spend no retries, and end after three hosts or five faults', () => {
    for (const [hosts, ends] of [
      [['a', 'b', 'c'], 3],
      [['a', 'a', 'a', 'a', 'a', 'a'], 5],
    ] as const) {
      let run = sampleRun({ retries: 0 })
      let tries = 0
      while (!isTerminal(run.state)) {
        run = granted(fed(`${tries}`.padStart(16, '0'), run), hosts[tries])
        run = apply(run, {
          type: 'lost',
          token: token(run),
          failure: { kind: 'worker_lost', detail: '' },
        }).run
        tries += 1
      }
      expect([tries, run.failure?.kind, run.modelFailures]).toEqual([ends, 'worker_lost', 0])
    }
  })

  test('a declined job spends nothing and its token never comes again', () => {
    const queued = fed()
    const { run } = apply(queued, { type: 'declined', token: token(queued), worker: 'w1', reason: 'full' })
    expect(run).toMatchObject({ state: 'pending', attempts: [], modelFailures: 0, hostFaults: [] })
    expect(token(fed('2222222222222222', run)).attempt).toBe(2)
  })

  test('who has been charged for an attempt that nobody took up is not charged again, and for one in use is', () => {
    const queued = fed()
    const { run } = apply(queued, { type: 'job lost', token: token(queued) })
    expect(waitingOf(run)).toMatchObject({ isPaid: true })
    const running = granted(fed('2222222222222222', run))
    const failure = { kind: 'worker_lost', detail: '' } as const
    expect(
      waitingOf(apply(running, { type: 'lost', token: token(running), failure }).run),
    ).not.toHaveProperty('isPaid')
    // its grant was lost with Redis' last write
    const again = fed('3333333333333333', run)
    const report = finished(token(again), 'w1', failing('model_error'))
    expect(waitingOf(apply(again, { type: 'finished', report }).run)).not.toHaveProperty('isPaid')
  })

  test('one that everybody declines is charged in the end, or others would have no turn', () => {
    let run = sampleRun()
    const isPaid: boolean[] = []
    for (let i = 0; i < 10; i += 1) {
      run = fed(`${i}`.padStart(16, '0'), run)
      run = apply(run, { type: 'declined', token: token(run), worker: 'w1', reason: 'too old' }).run
      isPaid.push(waitingOf(run).isPaid === true)
    }
    expect(isPaid).toEqual([true, true, true, true, true, true, true, false, false, false])
  })
})

describe('cancel', () => {
  test('before a worker has it, the run ends at once and a late claim is refused', () => {
    const queued = fed()
    const { run } = apply(queued, { type: 'cancel' })
    expect(run.state).toBe('cancelled')
    const late = decide(run, { type: 'claimed', token: token(queued), worker: 'w1', at: START }, START, 0)
    expect(ordersOf(late.effects)).toEqual(['refused'])
  })

  test('of a running one orders a stop; its end is cancelled, or the result if it was quicker', () => {
    const running = granted()
    const { run, effects } = apply(running, { type: 'cancel' })
    expect([run.state, ordersOf(effects)]).toEqual(['running', ['stop']])
    const stopped = finished(token(run), 'w1', { outcome: 'stopped', exitCode: 143 })
    expect(apply(run, { type: 'finished', report: stopped }).run.state).toBe('cancelled')
    expect(apply(run, { type: 'finished', report: finished(token(run), 'w1') }).run.state).toBe('succeeded')
  })

  test('of an ended one changes nothing', () => {
    const running = granted()
    const { run } = apply(running, { type: 'finished', report: finished(token(running), 'w1') })
    expect(decide(run, { type: 'cancel' }, START, 0)).toMatchObject({
      refused: expect.stringContaining('succeeded'),
    })
  })
})

describe('memory', () => {
  const oom = {
    outcome: 'failed' as const,
    exitCode: 137,
    failure: { kind: 'out_of_memory' as const, detail: '' },
  }
  const resources = { cpus: 1, memory: 100, memoryGrowth: 2 }

  test('grows after an attempt that ran out of it, without spending a retry, until it is at its most', () => {
    let run = sampleRun({ retries: 1, resources: { ...resources, memoryMost: 350 } })
    const given: (number | undefined)[] = []
    while (!isTerminal(run.state)) {
      run = granted(fed(`${given.length}`.padStart(16, '0'), run))
      given.push(jobOf(run).resources.memory)
      run = apply(run, { type: 'finished', report: finished(token(run), 'w1', oom) }).run
    }
    // the last two failed with all it may have: one retry is the model's
    expect(given).toEqual([100, 200, 350, 350])
    expect(run.attempts.map((each) => each.memory)).toEqual([undefined, 200, 350, 350])
    expect(run).toMatchObject({ state: 'failed', modelFailures: 2, resources: { memory: 100 } })
  })

  test('grows to eight times at most where nothing is said, and not at all where no growth is asked', () => {
    const most = (run: RunRecord): number => {
      const running = granted(fed(`${run.version}`.padStart(16, '0'), run))
      const after = apply(running, { type: 'finished', report: finished(token(running), 'w1', oom) }).run
      return isTerminal(after.state) ? jobOf(running).resources.memory : most(after)
    }
    expect(most(sampleRun({ retries: 0, resources }))).toBe(800)
    expect(most(sampleRun({ retries: 0, resources: { cpus: 1, memory: 100 } }))).toBe(100)
  })
})

describe('a deadline', () => {
  const at = '2026-01-02T00:00:00.000Z'
  const late = '2026-01-02T00:00:01.000Z'
  const due = sampleRun({ deadline: at, retries: 9 })

  test('that passes while the run waits ends it, and the worker that claims it is refused', () => {
    for (const run of [due, fed('1111111111111111', due)]) {
      const decision = decide(run, { type: 'deadline' }, late, 0)
      expect(decision).toMatchObject({ run: { state: 'failed', failure: { kind: 'timeout' } } })
    }
    expect(decide(due, { type: 'deadline' }, START, 0)).toHaveProperty('refused')
  })

  test('that passes while it runs has it stopped, and its end is a timeout without another try', () => {
    const running = granted(fed('1111111111111111', due))
    const decision = decide(running, { type: 'deadline' }, late, 0)
    if ('refused' in decision) throw new Error(decision.refused)
    expect(decision.effects).toMatchObject([{ order: { do: 'stop', reason: 'deadline' } }])
    const stopping = decision.run
    const stopped = finished(token(stopping), 'w1', { outcome: 'stopped', exitCode: 143 })
    expect(apply(stopping, { type: 'finished', report: stopped }).run).toMatchObject({
      state: 'failed',
      failure: { kind: 'timeout', detail: expect.stringContaining(at) },
    })
    const failure = { kind: 'worker_lost' as const, detail: '' }
    expect(apply(stopping, { type: 'lost', token: token(stopping), failure }).run).toMatchObject({
      state: 'failed',
      failure: { kind: 'timeout' },
    })
    // it was quicker than the signal
    expect(apply(stopping, { type: 'finished', report: finished(token(stopping), 'w1') }).run.state).toBe(
      'succeeded',
    )
    // the first cause stays the cause
    expect(decide(stopping, { type: 'cancel' }, late, 0)).toHaveProperty('refused')
  })

  test('that would pass before the next try makes the failure final', () => {
    const running = granted(fed('1111111111111111', { ...due, deadline: '2026-01-01T00:00:00.100Z' }))
    const failing = { outcome: 'failed' as const, failure: { kind: 'model_error' as const, detail: 'x' } }
    const { run } = apply(running, { type: 'finished', report: finished(token(running), 'w1', failing) })
    expect(run).toMatchObject({
      state: 'failed',
      failure: { kind: 'model_error', detail: expect.stringContaining('deadline') },
    })
  })
})

describe('a record older than what a host holds', () => {
  const held = (of: RunRecord, more: object = {}) => ({
    v: 1 as const,
    kind: 'held' as const,
    ...token(of),
    worker: 'w1',
    at: START,
    phase: 'running' as const,
    job: jobOf(of),
    ...more,
  })
  const second = fed(
    '2222222222222222',
    apply(fed(), { type: 'declined', token: token(fed()), worker: 'w9', reason: 'full' }).run,
  )

  test('is brought forward to the attempt that runs, with or without its job', () => {
    for (const [old, more] of [
      [sampleRun({ notBefore: START }), {}],
      [fed(), {}],
      [granted(), { job: undefined }],
      [second, {}],
    ] as const) {
      const { run } = apply(old, { type: 'found', held: held(second, more) })
      expect(run).toMatchObject({ state: 'running', lastAttempt: 2 })
      expect(run.attempts.at(-1)).toMatchObject({ nonce: '2222222222222222', worker: 'w1' })
      expect(run.notBefore).toBeUndefined()
      expect(run.version).toBeGreaterThan(old.version)
      expect(decide(run, { type: 'found', held: held(second, more) }, START, 0)).toMatchObject({
        refused: 'known already',
      })
    }
  })

  test('keeps a cancel, takes the end of such an attempt, and stands against an attempt that it has left behind', () => {
    const cancelled = { ...granted(), cancelRequested: true }
    expect(apply(cancelled, { type: 'found', held: held(second) }).run.cancelRequested).toBe(true)
    const { run, effects } = apply(sampleRun(), { type: 'finished', report: finished(token(second), 'w1') })
    expect([run.state, run.folder]).toEqual(['succeeded', `runs/${run.id}/2-2222222222222222`])
    expect(ordersOf(effects)).toEqual(['settled'])
    for (const newer of [second, run, granted(second, 'w2')])
      expect(decide(newer, { type: 'found', held: held(fed()) }, START, 0)).toHaveProperty('refused')
  })
})

test('[52] a field that a newer version wrote is kept by every change', () => {
  const steps: RunEvent[] = [
    { type: 'due' },
    { type: 'fed', nonce: '1111111111111111' },
    { type: 'declined', token: token(fed()), worker: 'w1', reason: 'full' },
    { type: 'fed', nonce: '2222222222222222' },
  ]
  const later = { colour: 'green' }
  const newer: RunRecord = { ...sampleRun({ notBefore: START, deadline: START }), ...later }
  let run = newer
  for (const step of steps) run = apply({ ...run }, step).run
  const of = token(run)
  const lost = { kind: 'worker_lost' as const, detail: '' }
  const failure = { kind: 'out_of_memory' as const, detail: '' }
  const running = apply(run, { type: 'claimed', token: of, worker: 'w1', at: START }).run
  const ends: RunRecord[] = [
    apply(run, { type: 'job lost', token: of }).run,
    apply(run, { type: 'deadline' }).run,
    apply(run, { type: 'cancel' }).run,
    apply(running, { type: 'deadline' }).run,
    apply(running, { type: 'cancel' }).run,
    apply(running, { type: 'lost', token: of, failure: lost }).run,
    apply(running, { type: 'started', token: of, worker: 'w1', container: 'c', startedAt: START }).run,
    apply(running, { type: 'finished', report: finished(of, 'w1') }).run,
    apply(running, { type: 'finished', report: finished(of, 'w1', { outcome: 'failed', failure }) }).run,
    apply(newer, { type: 'finished', report: finished(of, 'w1') }).run,
  ]
  for (const end of [run, running, ...ends]) expect(end).toMatchObject({ colour: 'green' })
})

describe('whatever comes, in whatever order and number', () => {
  // reports of all tokens ever fed, doubled, delayed and from the wrong workers, mixed with cancels and expiries
  const kinds = [
    'fed',
    'claimed',
    'started',
    'finished',
    'failed',
    'stopped',
    'declined',
    'lost',
    'job lost',
    'out of memory',
    'engine fault',
    'found',
    'due',
    'deadline',
    'cancel',
    'put back',
  ] as const
  const step = fc.record({
    kind: fc.constantFrom(...kinds),
    past: fc.nat(3),
    worker: fc.constantFrom('w1', 'w2'),
  })

  const eventOf = (
    each: { kind: Exclude<(typeof kinds)[number], 'put back'>; worker: string },
    of: Token,
    count: number,
  ): RunEvent => {
    const { worker } = each
    switch (each.kind) {
      case 'fed':
        return { type: 'fed', nonce: String(count).padStart(16, '0') }
      case 'claimed':
        return { type: 'claimed', token: of, worker, at: START }
      case 'started':
        return { type: 'started', token: of, worker, container: 'c', startedAt: START }
      case 'declined':
        return { type: 'declined', token: of, worker, reason: 'full' }
      case 'lost':
        return { type: 'lost', token: of, failure: { kind: 'worker_lost', detail: '' } }
      case 'job lost':
        return { type: 'job lost', token: of }
      case 'finished':
        return { type: 'finished', report: finished(of, worker) }
      case 'failed':
        return {
          type: 'finished',
          report: finished(of, worker, {
            outcome: 'failed',
            exitCode: 1,
            failure: { kind: 'model_error', detail: '' },
          }),
        }
      case 'stopped':
        return { type: 'finished', report: finished(of, worker, { outcome: 'stopped', exitCode: 143 }) }
      case 'out of memory':
      case 'engine fault': {
        const kind = each.kind === 'engine fault' ? 'engine_error' : 'out_of_memory'
        const failure = { kind, detail: '' } as const
        return { type: 'finished', report: finished(of, worker, { outcome: 'failed', failure }) }
      }
      case 'found':
        return {
          type: 'found',
          held: { v: 1, kind: 'held', ...of, worker, at: START, phase: 'running' },
        }
      case 'due':
      case 'deadline':
      case 'cancel':
        return { type: each.kind }
    }
  }

  test('moves follow the table, an end is final, and the outputs are those of the attempt that won', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let run = sampleRun({
          retries: 2,
          deadline: '2026-06-01T00:00:00.000Z',
          resources: { cpus: 1, memory: 100, memoryGrowth: 3 },
        })
        const older: RunRecord[] = []
        let applied: RunEvent[] = []
        const tokens: Token[] = [{ run: run.id, attempt: 1, nonce: 'ffffffffffffffff' }]
        let ends = 0
        for (const [count, each] of steps.entries()) {
          const of = tokens[Math.max(0, tokens.length - 1 - each.past)]!
          if (each.kind === 'put back') {
            // Redis as it was: an end that it had forgotten would be told again, so here it has not come yet
            if (!isTerminal(run.state)) run = older.at(-each.past) ?? run
            applied = []
            continue
          }
          older.push(run)
          const event = eventOf({ ...each, kind: each.kind }, of, count)
          const decision = decide(run, event, '2027-01-01T00:00:00.000Z', 0.5)
          if ('refused' in decision) continue
          const after = decision.run
          expect(isTerminal(run.state)).toBe(false)
          expect(after.version).toBe(run.version + 1)
          expect(after.attempts.length <= 40 && costOf(after).memory <= 800).toBe(true)
          if (after.state !== run.state)
            expect(allows(run.state, after.state), `${run.state} ${after.state}`).toBe(true)
          ends += decision.effects.filter((effect) => effect.kind === 'ended').length
          if (event.type === 'fed') tokens.push(token(after))
          // what waits for a time comes as often as there is one, and only a round of the feed feeds
          else if (event.type !== 'due') applied.push(event)
          run = after
        }
        expect(ends).toBe(isTerminal(run.state) ? 1 : 0)
        if (run.state === 'succeeded') {
          const last = run.attempts.at(-1)!
          expect(run.folder).toBe(`runs/${run.id}/${last.attempt}-${last.nonce}`)
          expect(run.metrics).toEqual({ gpp: last.attempt })
        }
        expect(new Set(run.attempts.map((each) => each.nonce)).size).toBe(run.attempts.length)
        // a change whose answer was lost is decided again, on top of whatever came after it (H12)
        for (const event of applied)
          expect(decide(run, event, '2027-01-01T00:00:00.000Z', 0.5)).toHaveProperty('refused')
      }),
      { numRuns: 2000 },
    )
  })
})
