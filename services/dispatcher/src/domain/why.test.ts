import * as fc from 'fast-check'
import { later, type Failure } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { chooseNext, ROUND } from './fair-share.ts'
import { roomOf, waitingOf, type Host, type OutRun } from './placement.ts'
import type { RunRecord } from './record.ts'
import { sampleRun, START } from './sample.fixture.ts'
import type { Scene, WorkerFacts } from './scene.ts'
import { sampleEnsemble } from './ensemble.fixture.ts'
import { explain, notFed } from './why.ts'

const GIB = 2 ** 30
const worker = (name: string, more: Partial<WorkerFacts> = {}): WorkerFacts => ({
  name,
  pool: 'default',
  state: 'live',
  size: { cpus: 4, memory: 8 * GIB },
  lastBeatAt: START,
  ...more,
})
const out = (run: string, on: string, cpus: number): OutRun => ({ run, on, cpus, memory: GIB, at: START })
const run = (n: number, more: Partial<RunRecord> = {}): RunRecord => {
  const id = `r01k000000000000000000000${String(n).padStart(2, '0')}`
  return sampleRun({ id, resources: { cpus: 2, memory: GIB }, ...more })
}
/** A pool with these workers and these runs in its lines. */
function scene(workers: WorkerFacts[], waiting: RunRecord[] = [], more: Partial<Scene> = {}): Scene {
  const submitters = [...new Set(waiting.map((each) => each.submitter))]
  return {
    now: START,
    workers,
    hosts: workers
      .filter((each) => each.state === 'live' && each.pool === 'default')
      .map(({ name, size, policy }): Host => ({
        worker: name,
        size,
        room: size,
        heardAt: 0,
        freedAt: 0,
        policy,
      })),
    buffers: true,
    queued: [],
    running: [],
    shares: submitters.map((submitter) => ({
      submitter,
      virtual: 0,
      clock: 0,
      lines: [
        {
          name: '0',
          priority: 0,
          virtual: 0,
          head: waiting.filter((each) => each.submitter === submitter).map(waitingOf),
        },
      ],
    })),
    virtual: 0,
    turns: [],
    ...more,
  }
}
const told = (of: RunRecord, at: Scene) => explain(of, at).map((each) => `${each.class} ${each.kind}`)
const failed = (kind: Failure['kind'], on = 'w1') => ({
  attempt: 1,
  nonce: '1111111111111111',
  queuedAt: START,
  worker: on,
  failure: { kind, detail: 'it broke' },
})
const mine = run(1)

describe('why a run waits: its workers', () => {
  test('none is in its pool: it says which pools have some', () => {
    const [reason] = explain(mine, scene([worker('g1', { pool: 'gpu' })], [mine]))
    expect(reason).toMatchObject({ class: 'act', kind: 'no-worker', detail: expect.stringContaining('gpu') })
    expect(reason?.hint).toContain('carya worker add NAME --pool default')
    expect(told(mine, scene([], [mine]))).toEqual(['act no-worker'])
  })

  test('[11] none is large enough: never, with what is asked and what there is', () => {
    const large = run(1, { resources: { cpus: 1, memory: 64 * GIB } })
    const [reason] = explain(large, scene([worker('w1')], [large]))
    expect(reason).toMatchObject({ class: 'never', kind: 'too-large' })
    expect(reason?.detail).toMatch(/64 GiB.*8 GiB/)
  })

  test('none has the disk: never, with what is asked of it and what there is', () => {
    const large = run(1, { resources: { cpus: 1, memory: GIB, disk: 64 * GIB } })
    const size = { cpus: 4, memory: 8 * GIB, disk: 20 * GIB }
    const [reason] = explain(large, scene([worker('w1', { size })], [large]))
    expect(reason).toMatchObject({ class: 'never', kind: 'too-large' })
    expect(reason?.detail).toMatch(/1 CPU, 1 GiB and 64 GiB of disk.*4 CPUs, 8 GiB and 20 GiB of disk/)
  })

  test('one that is large enough takes no jobs: it says which, and why', () => {
    const large = run(1, { resources: { cpus: 16, memory: GIB } })
    const big = { size: { cpus: 32, memory: 64 * GIB } }
    for (const [more, kind, detail] of [
      [{ state: 'unwell', reason: 'three models in a row did not start' }, 'unwell', 'three models'],
      [{ state: 'draining' }, 'draining', 'drained'],
      [{ state: 'lost' }, 'lost', START],
    ] as const) {
      const [reason] = explain(large, scene([worker('w1'), worker('w2', { ...big, ...more })], [large]))
      expect(reason).toMatchObject({ class: 'act', kind, detail: expect.stringContaining(detail) })
    }
    expect(told(mine, scene([worker('w1', { state: 'unwell', reason: 'x' })], [mine]))).toEqual([
      'act unwell',
    ])
    const [drained] = explain(mine, scene([worker('w1', { state: 'draining' })], [mine]))
    expect(drained?.hint).toContain('carya worker drain w1 --off')
  })

  test('none allows what its model asks: it says what, and where it can be allowed', () => {
    const isolation = { network: 'outbound' as const, writable: ['/var/x'] }
    const asking = run(1, { model: 'pond@1', setup: { isolation } })
    const allowing = { policy: { models: { 'pond@*': { network: 'outbound', writable: true } } } }
    const half = { policy: { models: { 'pond@*': { network: 'outbound' } } } }
    const [reason] = explain(asking, scene([worker('w1'), worker('w2', half)], [asking]))
    expect(reason).toMatchObject({ class: 'act', kind: 'not-allowed' })
    expect(reason?.detail).toBe(
      'No worker of the pool default allows its network: outbound; writable: /var/x (asked by pond@1): w1, w2',
    )
    expect(reason?.hint).toMatch(/policy file .* docs\/security\.md/)
    expect(told(asking, scene([worker('w1'), worker('w2', allowing)], [asking]))).toEqual(['wait next'])
    const away = worker('w2', { ...allowing, state: 'draining' })
    expect(told(asking, scene([worker('w1'), away], [asking]))).toEqual(['act draining'])
  })

  test('those that have its image are not there', () => {
    const local = run(1, { attempts: [failed('image_unavailable')], hostFaults: ['w1'] })
    const full = { running: [out('other', 'w1', 4)] }
    expect(told(local, scene([worker('w1')], [local], full))).toContain('act image-elsewhere')
    const another = scene([worker('w1'), worker('w2')], [local], full)
    expect(told(local, another)).not.toContain('act image-elsewhere')
  })
})

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

  test('hosts that do not allow what its model asks are none of those that could have it', () => {
    const setup = { isolation: { network: 'outbound' as const } }
    const policy = { models: { 'pond@*': { network: 'outbound' } } }
    const asking = (more: Partial<RunRecord>) => run(1, { model: 'pond@1', setup, ...more })
    const hosts = [worker('w1'), worker('w2', { policy })]
    const full = { running: [out('other', 'w2', 4)] }
    const kinds = (of: RunRecord, on: WorkerFacts[], waiting: RunRecord[], more: Partial<Scene>) =>
      explain(of, scene(on, waiting, more)).map((each) => each.kind)
    // it failed on the only one that allows it, so no other is asked first
    const moved = asking({ hostFaults: ['w2'], attempts: [failed('engine_error', 'w2')] })
    expect(kinds(moved, hosts, [moved], full)).not.toContain('elsewhere')
    const declined = asking({ declined: [{ worker: 'w1', at: START, reason: 'it is not allowed' }] })
    expect(kinds(declined, hosts, [declined], full)).not.toContain('declined')
    const local = asking({ attempts: [failed('image_unavailable', 'w2')], hostFaults: ['w2'] })
    expect(kinds(local, hosts, [local], full)).toContain('image-elsewhere')
    // w1 has room that is kept for another, which is nothing to this one
    const large = run(2, { resources: { cpus: 4, memory: GIB } })
    const busy = { running: [out('a', 'w1', 1), out('b', 'w2', 4)], turns: [large.id] }
    const small = asking({})
    expect(kinds(small, hosts, [small, large], busy)).not.toContain('kept')
    const unwell = [worker('w1', { state: 'unwell', reason: 'x' }), worker('w2', { policy })]
    expect(kinds(small, unwell, [small], full)).not.toContain('unwell')
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

test('of a member that was never fed it says what keeps all members from being fed', () => {
  const of = (more: Parameters<typeof sampleEnsemble>[0], on: WorkerFacts[]) => {
    const ensemble = sampleEnsemble(more)
    return notFed(ensemble.id, ensemble, scene(on)).map((each) => `${each.class} ${each.kind}`)
  }
  const fits = { cost: { cpus: 1, memory: GIB } }
  const large = { cost: { cpus: 1, memory: 64 * GIB } }
  const asks = [
    { model: 'pond@1', isolation: {} },
    { model: 'pond@2', isolation: { network: 'outbound' as const } },
  ]
  const policy = { models: { 'pond@2': { network: 'outbound' } } }
  expect(of(fits, [worker('w1')])).toEqual(['wait not-fed'])
  expect(of(fits, [])).toEqual(['act no-worker', 'wait not-fed'])
  expect(of(large, [worker('w1')])).toEqual(['never too-large', 'wait not-fed'])
  expect(of({ ...fits, asks }, [worker('w1')])).toEqual(['act not-allowed', 'wait not-fed'])
  expect(of({ ...fits, asks }, [worker('w1', { policy })])).toEqual(['wait not-fed'])
  expect(of({ ...large, state: 'paused' }, [worker('w1')])).toContain('never too-large')
  expect(of({ ...large, cancelRequested: true }, [worker('w1')])).toEqual(['wait not-fed'])
  expect(notFed('e1', undefined, scene([]))).toMatchObject([{ kind: 'not-fed' }])
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
