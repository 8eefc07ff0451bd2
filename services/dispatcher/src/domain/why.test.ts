import * as fc from 'fast-check'
import { later } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { chooseNext, ROUND } from './fair-share.ts'
import { roomOf } from './placement.ts'
import { START } from './sample.fixture.ts'
import { failed, GIB, out, run, scene, told, worker } from './scene.fixture.ts'
import { explain } from './why.ts'

const mine = run(1)

describe('why a run waits: its turn and its room', () => {
  test('it is next', () => {
    expect(told(mine, scene([worker('w1')], [mine]))).toEqual(['wait next'])
  })

  test('all that could hold it are full: it says what is there; one of them is kept for it', () => {
    const full = scene([worker('w1')], [mine], { running: [out('other', 'w1', 3)] })
    expect(told(mine, full)).toEqual(['wait reserved'])
    expect(explain(mine, full)[0]?.detail).toMatch(/asks 2 CPUs.*1 CPU and 7 GiB are free.*other/)
  })

  test('others come before it, by the order of the feed itself', () => {
    const before = [run(2), run(3), run(4, { submitter: 'bob' }), run(5, { submitter: 'bob' })]
    const full = scene([worker('w1')], [...before, mine], { running: [out('other', 'w1', 4)] })
    const reasons = explain(mine, full)
    expect(reasons.map((each) => each.kind)).toEqual(['behind', 'full'])
    expect(reasons[0]?.detail).toContain('4 runs come before it by fair share: 2 of ann, 2 of bob')
    const far = { ...full, shares: [], ahead: 500 }
    expect(explain(mine, far)[0]?.detail).toContain('500 runs of ann')
  })

  test('a worker has room for it and is kept for a larger one', () => {
    const large = run(2, { submitter: 'bob', resources: { cpus: 4, memory: GIB } })
    const at = scene([worker('w1')], [mine, large], { running: [out('other', 'w1', 1)], turns: [large.id] })
    const kept = explain(mine, at).find((each) => each.kind === 'kept')
    expect(kept?.detail).toContain(large.id)
  })

  test('it failed on a host, or was declined: who is not asked', () => {
    const moved = run(1, { hostFaults: ['w1'], attempts: [failed('engine_error')] })
    const w2full = { running: [out('other', 'w2', 4)] }
    expect(told(moved, scene([worker('w1'), worker('w2')], [moved], w2full))).toContain('wait elsewhere')
    const declined = [{ worker: 'w1', at: START, reason: 'does not fit: 1 CPU free' }]
    const back = run(1, { declined })
    const reason = explain(back, scene([worker('w1')], [back])).find((each) => each.kind === 'declined')
    expect(reason?.detail).toContain('does not fit')
  })
})

describe('why a run waits: time', () => {
  const until = later(START, 60)
  test('it was asked to start later, or is tried again later: until when, and after what', () => {
    expect(explain(run(1, { notBefore: until }), scene([worker('w1')]))).toMatchObject([
      { class: 'wait', kind: 'after', until },
    ])
    const retried = run(1, { notBefore: until, attempts: [failed('model_error')] })
    expect(explain(retried, scene([worker('w1')]))).toMatchObject([
      { class: 'wait', kind: 'retry', until, detail: expect.stringContaining('model_error: it broke') },
    ])
    const declined = [{ worker: 'w1', at: START, reason: 'full' }]
    expect(explain(run(1, { notBefore: until, declined }), scene([worker('w1')]))).toMatchObject([
      { class: 'wait', kind: 'declined', until },
    ])
    // what must be done can be done before
    expect(told(run(1, { notBefore: until }), scene([]))).toEqual(['act no-worker', 'wait after'])
  })
})

describe('why a run waits: the service', () => {
  test('Redis is full or being reconciled, the broker is away', () => {
    const at = scene([worker('w1')], [mine], {
      full: 'Redis is 90 % full',
      recovering: START,
      broker: 'down',
    })
    // what is accepted goes on while Redis is full
    expect(told(mine, at)).toEqual(['wait recovery', 'wait broker', 'wait next', 'act redis-full'])
    expect(explain(mine, at).at(-1)?.hint).toContain('CARYA_REDIS_MEMORY')
    expect(told(run(1, { state: 'failed', endedAt: START }), at)).toEqual(['never ended'])
  })
})

describe('a run that does not wait in the line', () => {
  const attempt = { attempt: 1, nonce: '1111111111111111', queuedAt: START }
  test('is queued: in which queue, and whether anybody takes it', () => {
    const queued = run(1, { state: 'queued', attempts: [attempt] })
    expect(told(queued, scene([worker('w1')]))).toEqual(['wait queued'])
    expect(told(queued, scene([]))).toEqual(['act no-worker'])
    const placed = run(1, { state: 'queued', attempts: [{ ...attempt, placed: 'w1' }] })
    expect(told(placed, scene([worker('w1')]))).toEqual(['wait queued'])
    expect(told(placed, scene([worker('w1', { state: 'lost' })]))).toEqual(['wait worker-away'])
  })

  test('runs, also on a host that is silent', () => {
    const running = run(1, { state: 'running', attempts: [{ ...attempt, worker: 'w1', startedAt: START }] })
    expect(told(running, scene([worker('w1')]))).toEqual(['wait running'])
    expect(told(running, scene([worker('w1', { state: 'lost' })]))).toEqual(['act lost', 'wait running'])
    expect(told({ ...running, cancelRequested: true }, scene([worker('w1')]))).toContain('wait stopping')
  })

  test('is made ready, until its model has started', () => {
    const granted = { ...attempt, worker: 'w1', claimedAt: START }
    const ready = scene([worker('w1')], [], { preparing: 'pulls lab/pond:1: 34 % of 1.2 GiB' })
    const waits = run(1, { state: 'running', attempts: [granted] })
    expect(told(waits, ready)).toEqual(['wait preparing'])
    expect(explain(waits, ready)[0]?.detail).toContain('w1 pulls lab/pond:1: 34 % of 1.2 GiB')
    expect(told(waits, scene([worker('w1')]))).toEqual(['wait running'])
    const started = run(1, { state: 'running', attempts: [{ ...granted, startedAt: START }] })
    expect(told(started, ready)).toEqual(['wait running'])
  })

  test('has ended', () => {
    const [reason] = explain(run(1, { state: 'succeeded', endedAt: START }), scene([]))
    expect(reason).toMatchObject({ class: 'never', kind: 'ended' })
  })
})

test('says of a run that it is next exactly when the feed would send it', () => {
  const sizes = fc.array(fc.constantFrom(1, 2, 4, 8), { minLength: 1, maxLength: 4 })
  const asks = fc.array(
    fc.record({ cpus: fc.constantFrom(0.5, 1, 3, 8), who: fc.nat(2), faults: fc.nat(3) }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  const taken = fc.array(fc.record({ cpus: fc.constantFrom(0.5, 1, 2), on: fc.nat(4) }), { maxLength: 6 })
  fc.assert(
    fc.property(sizes, asks, taken, fc.array(fc.nat(11), { maxLength: 3 }), (hosts, runs, busy, first) => {
      const waiting = runs.map(({ cpus, who, faults }, i) =>
        run(i, {
          submitter: `s${who}`,
          resources: { cpus, memory: GIB / 8 },
          hostFaults: faults < 2 ? [`w${faults}`] : [],
        }),
      )
      const workers = hosts.map((cpus, i) => worker(`w${i}`, { size: { cpus, memory: 8 * GIB } }))
      const at = scene(workers, waiting, {
        running: busy.map(({ cpus, on }, i) => out(`b${i}`, `w${on}`, cpus)),
        turns: first.flatMap((i) => waiting[i]?.id ?? []),
      })
      const { picks } = chooseNext(at.shares, at.virtual, at.turns, roomOf(at.hosts, at), ROUND)
      const fed = new Set(picks.map((pick) => pick.run))
      for (const each of waiting) {
        const reasons = explain(each, at)
        expect(reasons.length).toBeGreaterThan(0)
        expect(reasons.some((reason) => reason.kind === 'next')).toBe(fed.has(each.id))
        const isNever = !workers.some(({ size }) => each.resources.cpus <= size.cpus)
        expect(reasons.some((reason) => reason.class === 'never')).toBe(isNever)
      }
    }),
    { numRuns: 300 },
  )
})
