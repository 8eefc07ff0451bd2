import { describe, expect, test } from 'vitest'
import { sampleEnsemble } from './ensemble.fixture.ts'
import type { RunRecord } from './record.ts'
import { START } from './sample.fixture.ts'
import { failed, GIB, out, run, scene, told, worker } from './scene.fixture.ts'
import type { Scene, WorkerFacts } from './scene.ts'
import { explain, notFed } from './why.ts'

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
