import { later, milliseconds } from '@carya/contracts'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bufferOf, fits, type Cost } from './depth.ts'
import { chooseNext, type Share } from './fair-share.ts'
import { isWary, placedOn, roomOf, type Host, type OutRun, type Verdict, type Waiting } from './placement.ts'
import { START } from './sample.fixture.ts'

const GIB = 2 ** 30
const cost = (cpus: number, memory = GIB): Cost => ({ cpus, memory })
const waits = (run: string, asks: Cost, more: Partial<Waiting> = {}): Waiting => ({
  run,
  cost: asks,
  faults: [],
  declined: [],
  ...more,
})
const host = (worker: string, size: Cost, more: Partial<Host> = {}): Host => ({
  worker,
  size,
  room: size,
  heardAt: 0,
  freedAt: 0,
  ...more,
})
const on = (worker: string | undefined, taken: Cost): OutRun => ({
  run: 'r',
  at: '',
  ...taken,
  ...(worker === undefined ? {} : { on: worker }),
})
const [a, b] = [host('a', cost(4, 8 * GIB)), host('b', cost(4, 8 * GIB))]
const none = { queued: [], running: [] }

describe('where a run may go', () => {
  test('to the pool, where whoever takes it can hold it', () => {
    const room = roomOf([a, b], none)
    expect(placedOn(room.offer(waits('r', cost(2)), true), room)).toBeUndefined()
  })

  test('[11] nowhere, when no live worker is large enough: it is passed by and never sent', () => {
    const room = roomOf([a], none)
    expect(room.offer(waits('r', cost(1, 64 * GIB)), true)).toEqual({ taken: false, why: 'never' })
    expect(room.offer(waits('s', cost(1)), true)).toMatchObject({ taken: true })
  })

  test('to one with disk for it, where others have too little or none left; reserved where it has to wait', () => {
    const [little, much] = [host('a', { ...a.size, disk: 2 }), host('b', { ...b.size, disk: 9 })]
    const asks = (run: string, disk: number) => waits(run, { ...cost(1), disk })
    const room = roomOf([little, much], none)
    expect(room.offer(asks('r', 20), true)).toEqual({ taken: false, why: 'never' })
    expect(room.offer(asks('s', 6), true)).toEqual({ taken: true, host: 'b', chosen: true })
    expect(room.offer(asks('t', 6), true)).toEqual({ taken: false, why: 'reserved', host: 'b' })
    expect(room.offer(waits('u', cost(1)), true)).toMatchObject({ taken: true, host: 'a' })
    // who does not ration it takes what any worker may
    expect(roomOf([a, much], none).offer(asks('v', 20), true)).toMatchObject({ taken: true, host: 'a' })
  })

  test('reserves the same one of several that are alike, in whatever order they are told', () => {
    const busy = { queued: [], running: [on('a', cost(1)), on('b', cost(1))] }
    for (const hosts of [
      [a, b],
      [b, a],
    ])
      expect(roomOf(hosts, busy).offer(waits('r', cost(4)), true)).toMatchObject({ host: 'a' })
  })

  test('to a chosen worker, when another that takes jobs is too small for it, or too full', () => {
    const small = host('small', cost(1, GIB))
    const room = roomOf([small, a], none)
    expect(room.offer(waits('r', cost(2)), true)).toEqual({ taken: true, host: 'a', chosen: true })
    const halfFull = roomOf([a, b], { queued: [], running: [on('a', cost(3))] })
    expect(halfFull.offer(waits('r', cost(2)), true)).toEqual({ taken: true, host: 'b', chosen: true })
  })

  test('after a fault elsewhere first, and back only if there is nowhere else', () => {
    const failed = { faults: ['a'] }
    const room = roomOf([a, b], none)
    expect(room.offer(waits('r', cost(2), failed), true)).toEqual({ taken: true, host: 'b', chosen: true })
    // the other is full: it waits for it
    const full = roomOf([a, b], { queued: [], running: [on('b', cost(4))] })
    expect(full.offer(waits('r', cost(2), failed), true)).toEqual({
      taken: false,
      why: 'reserved',
      host: 'b',
    })
    // the other could never hold it
    const small = roomOf([a, host('b', cost(1))], none)
    expect(small.offer(waits('r', cost(2), failed), true)).toMatchObject({ taken: true, host: 'a' })
    expect(roomOf([a], none).offer(waits('r', cost(2), failed), true)).toMatchObject({ taken: true })
  })

  test('into the buffer only while all workers are full, so that none takes it to decline it', () => {
    const full = { queued: [], running: [on('a', cost(4))] }
    const small = cost(0.5, GIB / 8)
    expect(roomOf([a], full).offer(waits('r', small), true)).toEqual({ taken: true, chosen: false })
    expect(roomOf([a], full, false).offer(waits('r', small), true).taken).toBe(false)
    const buffered = { ...full, queued: [on(undefined, cost(1, GIB / 8))] }
    expect(roomOf([a], buffered).offer(waits('r', small), true).taken).toBe(false)
    const nearly = { queued: [], running: [on('a', cost(3.6))] }
    expect(roomOf([a], nearly).offer(waits('r', small), true).taken).toBe(false)
  })

  test('what is placed on a worker that is gone takes nobody else’s room', () => {
    const room = roomOf([a], { queued: [on('gone', cost(4))], running: [on('gone', cost(4))] })
    expect(room.free()).toEqual([{ worker: 'a', free: a.size, isReserved: false }])
  })

  test('who declined it gets it again when something has changed there', () => {
    const at = '2026-01-01T00:00:10.000Z'
    const t = milliseconds(at)
    const declined = [{ worker: 'a', at, reason: 'full' }]
    const wary = (more: Partial<Host>) => isWary({ cost: cost(2), declined }, { ...a, ...more })
    expect(wary({ heardAt: t - 1, freedAt: t - 5000 })).toBe(true)
    expect(wary({ heardAt: t + 1, room: cost(1) })).toBe(true)
    expect(wary({ heardAt: t + 1 })).toBe(false)
    expect(wary({ freedAt: t + 1 })).toBe(false)
    const room = roomOf([a, b], none)
    expect(room.offer(waits('r', cost(2), { declined }), true)).toMatchObject({ host: 'b', chosen: true })
    expect(roomOf([a], none).offer(waits('r', cost(2), { declined }), true).taken).toBe(false)
  })
})

/** Workers that take jobs as ours do: from their own queue and the pool's, while they have room. */
describe('a pool that is fed', () => {
  const kinds = [cost(0.5), cost(1), cost(2, 3 * GIB), cost(4, 8 * GIB), cost(8, GIB), cost(1, 64 * GIB)]
  const scenario = fc.record({
    hosts: fc.array(fc.constantFrom(cost(4, 8 * GIB), cost(2, 8 * GIB), cost(8, 4 * GIB)), {
      minLength: 1,
      maxLength: 4,
    }),
    runs: fc.array(fc.nat(kinds.length - 1), { minLength: 1, maxLength: 30 }),
    chances: fc.infiniteStream(fc.nat(1000)),
  })

  type Simulation = ReturnType<typeof simulate>
  function simulate(sizes: readonly Cost[], chance: () => number) {
    const hosts = sizes.map((size, i) => host(`w${i}`, size))
    const bound = bufferOf(sizes)
    const total = (of: 'cpus' | 'memory') => sizes.reduce((sum, size) => sum + size[of], bound[of])
    let shares: Share[] = []
    let [virtual, turns]: [number, string[]] = [0, []]
    let queued: (OutRun & { waiting: Waiting })[] = []
    let running: (OutRun & { waiting: Waiting })[] = []
    const freedAt = new Map<string, number>()
    let now = milliseconds(START)
    const ended: string[] = []
    let declines = 0
    const free = (worker: Host) => {
      const held = running.filter((each) => each.on === worker.worker)
      const sum = (of: 'cpus' | 'memory') => held.reduce((left, each) => left - each[of], worker.size[of])
      return { cpus: sum('cpus'), memory: sum('memory') }
    }
    const enter = (submitter: string, waiting: Waiting) => {
      const known = shares.find((each) => each.submitter === submitter)
      if (known) known.lines[0]!.head.push(waiting)
      else
        shares.push({
          submitter,
          virtual: 0,
          clock: 0,
          lines: [{ name: '0', priority: 0, virtual: 0, head: [waiting] }],
        })
    }
    return {
      enter,
      ended,
      isIdle: () => queued.length === 0 && running.length === 0,
      running: () => running.map((each) => each.run),
      declines: () => declines,
      feed() {
        const known = hosts.map((each) => ({ ...each, freedAt: freedAt.get(each.worker) ?? 0 }))
        const room = roomOf(known, { queued, running })
        const heads = new Map(shares.flatMap((each) => each.lines[0]!.head).map((each) => [each.run, each]))
        const picked = chooseNext(shares, virtual, turns, room, 64)
        ;({ shares, virtual, turns } = picked)
        for (const { run, verdict } of picked.picks) {
          const waiting = heads.get(run)!
          const placed = placedOn(verdict, room)
          queued.push({ ...on(placed, waiting.cost), run, waiting })
        }
        const out = (of: 'cpus' | 'memory') =>
          [...queued, ...running].reduce((sum, each) => sum + each[of], 0)
        expect(out('cpus')).toBeLessThanOrEqual(total('cpus') + 1e-6)
        expect(out('memory')).toBeLessThanOrEqual(total('memory'))
      },
      /** Some worker with room takes the first job of a queue it consumes, or declines it. */
      take() {
        now += 10
        const job = queued[chance() % Math.max(1, queued.length)]
        if (!job) return
        const first = queued.find((each) => each.on === job.on)!
        const takers = hosts.filter(
          (each) =>
            (first.on ?? each.worker) === each.worker && free(each).cpus >= 0.01 && free(each).memory > 0,
        )
        const taker = takers[chance() % Math.max(1, takers.length)]
        if (!taker) return
        queued = queued.filter((each) => each !== first)
        if (fits(free(taker), first)) {
          running.push({ ...first, on: taker.worker })
          return
        }
        declines += 1
        const decline = {
          worker: taker.worker,
          at: later(START, (now - milliseconds(START)) / 1000),
          reason: 'full',
        }
        enter('s0', { ...first.waiting, declined: [...first.waiting.declined, decline] })
      },
      end() {
        now += 2000
        const i = chance() % Math.max(1, running.length)
        const done = running[i]
        if (!done) return
        running = running.filter((each) => each !== done)
        freedAt.set(done.on!, now)
        ended.push(done.run)
      },
    }
  }
  const step = (pool: Simulation, chance: () => number) => {
    pool.feed()
    pool.take()
    if (chance() % 3 === 0) pool.end()
  }

  test('never has more out than its room and the buffer, and ends all that any of its workers can hold', () => {
    fc.assert(
      fc.property(scenario, ({ hosts, runs, chances }) => {
        const chance = () => Number(chances.next().value)
        const pool = simulate(hosts, chance)
        for (const [i, kind] of runs.entries()) pool.enter(`s${kind % 2}`, waits(`r${i}`, kinds[kind]!))
        for (let i = 0; i < 40 * runs.length + 40; i += 1) step(pool, chance)
        const able = runs.flatMap((kind, i) =>
          hosts.some((each) => fits(each, kinds[kind]!)) ? [`r${i}`] : [],
        )
        expect(pool.ended.toSorted()).toEqual(able.toSorted())
        expect(pool.isIdle()).toBe(true)
        // a mistaken guess who takes a job costs a round, and no more than a few
        expect(pool.declines()).toBeLessThanOrEqual(runs.length * hosts.length)
      }),
      { numRuns: 300 },
    )
  })

  test('starts a large run although small ones keep coming, and goes on with those elsewhere', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(1000)), fc.integer({ min: 1, max: 3 }), (chances, others) => {
        const chance = () => Number(chances.next().value)
        const pool = simulate(
          [cost(4, 8 * GIB), ...Array.from({ length: others }, () => cost(2, 8 * GIB))],
          chance,
        )
        let made = 0
        const more = () => {
          for (; made < pool.ended.length + 40; made += 1)
            pool.enter(`s${made % 3}`, waits(`small${made}`, made % 2 ? cost(1) : cost(0.5)))
        }
        more()
        for (let i = 0; i < 60; i += 1) step(pool, chance)
        pool.enter('s0', waits('large', cost(4)))
        const before = pool.ended.length
        const hasStarted = () => pool.running().includes('large') || pool.ended.includes('large')
        for (let i = 0; i < 1000 && !hasStarted(); i += 1) {
          more()
          step(pool, chance)
        }
        expect(hasStarted()).toBe(true)
        expect(pool.ended.length).toBeGreaterThan(before)
      }),
      { numRuns: 60 },
    )
  })
})

test('a verdict that is no taking places nothing', () => {
  const no: Verdict = { taken: false, why: 'full' }
  expect(placedOn(no, roomOf([a], none))).toBeUndefined()
})
