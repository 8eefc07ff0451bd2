import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyHolds, roomLeft, SLOT } from './depth.ts'
import { chooseNext, weightOf, type Cost, type Share } from './fair-share.ts'

const one: Cost = { cpus: 1, memory: 1 }
const endless: Cost = { cpus: Infinity, memory: Infinity }
const always = () => true
const line = (runs: number, name: string, priority = 0, cost = one) => ({
  priority,
  virtual: 0,
  head: Array.from({ length: runs }, (_, i) => ({ run: `${name}${i}`, cost })),
})
const share = (submitter: string, runs: number, priority = 0): Share => ({
  submitter,
  virtual: 0,
  lines: [line(runs, submitter, priority)],
})

describe('the fair share', () => {
  test('submitters share equally, however much each has waiting', () => {
    const { picks } = chooseNext([share('many', 1000), share('few', 10)], 0, endless, always, 20)
    expect(picks.filter((each) => each.submitter === 'few')).toHaveLength(10)
  })

  test('one run of a newcomer is next, whatever waits before it', () => {
    const busy = { ...share('busy', 1000), virtual: 500 }
    const { picks } = chooseNext([busy, share('new', 1)], 500, endless, always, 2)
    expect(picks.map((each) => each.submitter)).toContain('new')
  })

  test('having been away earns no credit', () => {
    const busy = { ...share('busy', 100), virtual: 500 }
    const { picks } = chooseNext([busy, share('back', 100)], 500, endless, always, 20)
    expect(picks.filter((each) => each.submitter === 'busy').length).toBeGreaterThanOrEqual(9)
  })

  test('each step of priority doubles the share within a submitter', () => {
    const lines = [line(100, 'low', -1), line(100, 'high', 1)]
    const { picks } = chooseNext([{ submitter: 'ann', virtual: 0, lines }], 0, endless, always, 50)
    expect(picks.filter((each) => each.priority === 1)).toHaveLength(40)
    expect(weightOf(-5) * 1024).toBe(weightOf(5))
  })

  test('a run that no worker can hold lets others by, one that only waits for room does not', () => {
    const big = { run: 'big', cost: { cpus: 8, memory: 1 } }
    const lines = [{ priority: 0, virtual: 0, head: [big, { run: 'small', cost: one }] }]
    const choose = (holds: (cost: Cost) => boolean) =>
      chooseNext([{ submitter: 'ann', virtual: 0, lines }], 0, { cpus: 4, memory: 9 }, holds, 9).picks.map(
        (p) => p.run,
      )
    expect(choose((cost) => cost.cpus <= 4)).toEqual(['small'])
    expect(choose(always)).toEqual([])
  })

  test('over many rounds shares come to be equal, nobody starves, and no room is left while runs wait', () => {
    const submitters = fc.array(
      fc.record({ runs: fc.integer({ min: 1, max: 40 }), cpus: fc.constantFrom(0.5, 1, 2) }),
      {
        minLength: 2,
        maxLength: 6,
      },
    )
    fc.assert(
      fc.property(submitters, fc.integer({ min: 2, max: 7 }), (given, room) => {
        let shares: Share[] = given.map(({ runs, cpus }, i) => ({
          submitter: `s${i}`,
          virtual: 0,
          lines: [line(runs, `s${i}-`, 0, { cpus, memory: 1 })],
        }))
        let virtual = 0
        const served = given.map(() => 0)
        let waiting = true
        while (waiting) {
          const round = chooseNext(shares, virtual, { cpus: room, memory: 1e9 }, always, 1000)
          const used = round.picks.reduce(
            (sum, pick) => sum + given[Number(pick.submitter.slice(1))]!.cpus,
            0,
          )
          for (const pick of round.picks) {
            const i = Number(pick.submitter.slice(1))
            served[i]! += given[i]!.cpus
          }
          shares = round.shares
          virtual = round.virtual
          waiting = shares.some((each) => each.lines[0]!.head.length > 0)
          // work is conserved: a round ends only for want of room
          if (waiting) expect(room - used).toBeLessThan(2)
          // those who still wait were served alike, to within one run and one round
          const still = shares.flatMap((each, i) => (each.lines[0]!.head.length > 0 ? [served[i]!] : []))
          if (still.length > 1) expect(Math.max(...still) - Math.min(...still)).toBeLessThanOrEqual(4)
        }
        expect(served).toEqual(given.map(({ runs, cpus }) => runs * cpus))
      }),
      { numRuns: 200 },
    )
  })
})

describe('the depth of the queue', () => {
  const host: Cost = { cpus: 4, memory: 8 * 2 ** 30 }
  test('is the room of the live workers and a small buffer, less what is queued or running', () => {
    expect(roomLeft([], [])).toEqual({ cpus: 0, memory: 0 })
    expect(roomLeft([host], []).cpus).toBe(5)
    expect(roomLeft([host], [SLOT, SLOT, SLOT, SLOT, SLOT]).cpus).toBe(0)
    expect(
      roomLeft(
        Array.from({ length: 100 }, () => host),
        [],
      ).cpus,
    ).toBe(408)
  })
  test('a run is held by one worker, not by the sum of several', () => {
    expect(anyHolds([host, host], { cpus: 5, memory: 1 })).toBe(false)
    expect(anyHolds([host, host], { cpus: 4, memory: 1 })).toBe(true)
  })
})
