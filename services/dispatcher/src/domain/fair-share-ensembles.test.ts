/** The fair share where lines are ensembles, over many rounds as the feed makes them: slots are freed, and fed again. */
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sampleEnsemble } from './sample-ensemble.fixture.ts'
import { advance, freshMembers, waitingMember } from './ensemble-line.ts'
import type { EnsembleRecord } from './ensemble-record.ts'
import { chooseNext, weightOf, type Share } from './fair-share.ts'
import { memberOf } from './member.ts'
import { roomOf, type OutRun, type Waiting } from './placement.ts'
import { START } from './sample.fixture.ts'

const MILLION = 1_000_000
const ids = (i: number) => `e01k000000000000000000000${String(i).padStart(2, '0')}`

type Asked = { submitter: string; priority: number; cpus: number; members: number; maxParallel?: number }

/** A pool with one worker of so many CPUs; each round the oldest runs out may end. */
function pool(cpus: number) {
  const ensembles = new Map<string, EnsembleRecord>()
  const singles: { submitter: string; waiting: Waiting }[] = []
  const out: { run: string; cpus: number }[] = []
  const served = new Map<string, number>()
  let shares: Share[] = []
  let virtual = 0
  let turns: string[] = []

  /** As Redis keeps them: what stands keeps its times, who is new has none. */
  function backlog(): Share[] {
    const lineOf = (submitter: string, name: string, priority: number, head: Waiting[]) => {
      const known = shares
        .find((each) => each.submitter === submitter)
        ?.lines.find((each) => each.name === name)
      return { name, priority, virtual: known?.virtual ?? 0, head }
    }
    const submitters = new Set([
      ...[...ensembles.values()].map((each) => each.submitter),
      ...singles.map((each) => each.submitter),
    ])
    return [...submitters].map((submitter) => {
      const known = shares.find((each) => each.submitter === submitter)
      const own = [...ensembles.values()].filter((each) => each.submitter === submitter)
      const runs = singles.filter((each) => each.submitter === submitter).map((each) => each.waiting)
      const lines = own.map((each) => {
        const outNow = out.filter(({ run }) => run.startsWith(`${each.id}-`)).length
        return lineOf(
          submitter,
          each.id,
          each.priority,
          freshMembers(each, [], { retries: 0, out: outNow, unmoved: 0 }).map(waitingMember),
        )
      })
      return {
        submitter,
        virtual: known?.virtual ?? 0,
        clock: known?.clock ?? 0,
        lines: runs.length === 0 ? lines : [...lines, lineOf(submitter, '0', 0, runs)],
      }
    })
  }

  return {
    served,
    out,
    add(id: string, { submitter, priority, cpus: each, members, maxParallel }: Asked) {
      const more = maxParallel === undefined ? {} : { maxParallel }
      const cost = { cpus: each, memory: 1 }
      const { record } = sampleEnsemble({ id, submitter, priority, members, cost, cursor: 0, ...more })
      ensembles.set(id, record)
    },
    remove: (id: string) => ensembles.delete(id),
    single(submitter: string, run: string) {
      const waiting = { run, cost: { cpus: 1, memory: 1 }, faults: [], declined: [] }
      singles.push({ submitter, waiting })
    },
    cursor: (id: string) => ensembles.get(id)!.cursor,
    /** Ends some of what is out, and feeds until no room is left or nothing waits; what went out, in order. */
    round(ends: number): string[] {
      out.splice(0, ends)
      const went: string[] = []
      for (;;) {
        const host = { worker: 'w', size: { cpus, memory: 1e12 }, room: { cpus, memory: 1e12 } }
        const running = out.map(({ run, cpus: taken }): OutRun => ({
          run,
          at: START,
          on: 'w',
          cpus: taken,
          memory: 1,
        }))
        const room = roomOf([{ ...host, heardAt: 0, freedAt: 0 }], { queued: [], running }, false)
        const picked = chooseNext(backlog(), virtual, turns, room, 64)
        ;({ shares, virtual, turns } = picked)
        for (const { run, submitter } of picked.picks) {
          const member = memberOf(run)
          const ensemble = member && ensembles.get(member.ensemble)
          const cost = ensemble?.cost.cpus ?? 1
          if (ensemble && member)
            ensembles.set(
              ensemble.id,
              advance(ensemble, [{ ensemble, index: member.index, isAgain: false }], START).after,
            )
          else
            singles.splice(
              singles.findIndex(({ waiting }) => waiting.run === run),
              1,
            )
          out.push({ run, cpus: cost })
          const name = member?.ensemble ?? run
          served.set(name, (served.get(name) ?? 0) + cost)
          served.set(submitter, (served.get(submitter) ?? 0) + cost)
          went.push(run)
        }
        if (picked.picks.length === 0) return went
      }
    },
  }
}

describe('ensembles as lines', () => {
  test('a single run behind a million members is the very next, of the same submitter and of another', () => {
    for (const submitter of ['ann', 'bob']) {
      const pond = pool(8)
      pond.add(ids(0), { submitter: 'ann', priority: 0, cpus: 1, members: MILLION })
      for (let i = 0; i < 100; i += 1) pond.round(3)
      pond.single(submitter, 'r1')
      expect(pond.round(1)).toEqual(['r1'])
      // and again, although it was served just now
      pond.round(5)
      pond.single(submitter, 'r2')
      expect(pond.round(1)[0]).toBe('r2')
    }
  })

  test('a single run is the next however high the priority of another submitter’s ensemble', () => {
    const pond = pool(4)
    pond.add(ids(0), { submitter: 'ann', priority: 5, cpus: 1, members: MILLION })
    for (let i = 0; i < 50; i += 1) pond.round(4)
    pond.single('bob', 'r1')
    expect(pond.round(1)).toEqual(['r1'])
  })

  test('two submitters with equal weights get alike in any 200 starts', () => {
    const pond = pool(16)
    pond.add(ids(0), { submitter: 'ann', priority: 0, cpus: 1, members: MILLION })
    for (let i = 0; i < 40; i += 1) pond.round(5)
    for (const i of [1, 2, 3]) pond.add(ids(i), { submitter: 'bob', priority: 3, cpus: 1, members: MILLION })
    const went: string[] = []
    while (went.length < 1000) went.push(...pond.round(3))
    for (let from = 0; from + 200 <= went.length; from += 50) {
      const ann = went.slice(from, from + 200).filter((run) => run.startsWith(ids(0))).length
      expect(ann).toBeGreaterThanOrEqual(90)
      expect(ann).toBeLessThanOrEqual(110)
    }
  })

  test('one that was away, paused or at its bound, earns no credit', () => {
    const pond = pool(4)
    pond.add(ids(0), { submitter: 'ann', priority: 0, cpus: 1, members: MILLION })
    pond.add(ids(1), { submitter: 'ann', priority: 0, cpus: 1, members: MILLION })
    pond.round(4)
    pond.remove(ids(1))
    for (let i = 0; i < 200; i += 1) pond.round(4)
    pond.add(ids(1), { submitter: 'ann', priority: 0, cpus: 1, members: MILLION })
    const went: string[] = []
    while (went.length < 100) went.push(...pond.round(2))
    const back = went.filter((run) => run.startsWith(ids(1))).length
    expect(back).toBeGreaterThanOrEqual(48)
    expect(back).toBeLessThanOrEqual(52)
  })

  test('within a submitter shares come to the weights, across submitters to equal ones, whatever the costs', () => {
    const asked = fc.record({
      submitter: fc.constantFrom('ann', 'bob', 'cyd'),
      priority: fc.integer({ min: -2, max: 3 }),
      cpus: fc.constantFrom(1, 2),
      members: fc.constant(MILLION),
    })
    fc.assert(
      fc.property(
        fc.array(asked, { minLength: 2, maxLength: 5 }),
        fc.integer({ min: 2, max: 5 }),
        (all, ends) => {
          const pond = pool(6)
          for (const [i, each] of all.entries()) pond.add(ids(i), each)
          for (let i = 0; i < 300; i += 1) pond.round(ends)
          const total = [...new Set(all.map((each) => each.submitter))]
          const got = total.map((name) => pond.served.get(name)!)
          const fair = got.reduce((sum, each) => sum + each, 0) / total.length
          for (const each of got) expect(Math.abs(each - fair)).toBeLessThanOrEqual(8)
          for (const [i, each] of all.entries()) {
            const own = all.filter(({ submitter }) => submitter === each.submitter)
            const weights = own.reduce((sum, { priority }) => sum + weightOf(priority), 0)
            const due = (pond.served.get(each.submitter)! * weightOf(each.priority)) / weights
            // a line may be ahead or behind by what one serving of each of its neighbours comes to
            const slack = 4 + 2 * own.length * Math.max(1, weightOf(each.priority))
            expect(Math.abs((pond.served.get(ids(i)) ?? 0) - due)).toBeLessThanOrEqual(slack)
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  test('nothing starves, no room is left while anything waits, and no bound is broken', () => {
    const asked = fc.record(
      {
        submitter: fc.constantFrom('ann', 'bob'),
        priority: fc.integer({ min: -5, max: 5 }),
        cpus: fc.constantFrom(1, 2, 3),
        members: fc.integer({ min: 1, max: 30 }),
        maxParallel: fc.integer({ min: 1, max: 4 }),
      },
      { requiredKeys: ['submitter', 'priority', 'cpus', 'members'] },
    )
    fc.assert(
      fc.property(
        fc.array(asked, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        (all, ends) => {
          const pond = pool(6)
          for (const [i, each] of all.entries()) pond.add(ids(i), each)
          for (let i = 0; i < 2000; i += 1) {
            pond.round(ends)
            let used = 0
            for (const each of pond.out) used += each.cpus
            expect(used).toBeLessThanOrEqual(6)
            for (const [n, each] of all.entries()) {
              const outNow = pond.out.filter(({ run }) => run.startsWith(`${ids(n)}-`)).length
              const { maxParallel = Infinity } = each
              expect(outNow).toBeLessThanOrEqual(maxParallel)
              // room for the smallest is left only where a larger one keeps the worker for itself
              const waits = pond.cursor(ids(n)) < each.members && outNow < maxParallel
              if (waits && all.every(({ cpus }) => cpus === 1)) expect(used).toBe(6)
            }
            if (all.every((each, n) => pond.cursor(ids(n)) === each.members)) return
          }
          throw new Error('something starves')
        },
      ),
      { numRuns: 40 },
    )
  })
})
