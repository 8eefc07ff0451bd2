import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bufferOf, SLOT, type Cost } from './depth.ts'
import { chooseNext, weightOf, type Pick, type Picked, type Share } from './fair-share.ts'
import { roomOf, type Host, type Room, type Waiting } from './placement.ts'

const one: Cost = { cpus: 1, memory: 1 }
const waits = (run: string, cost = one): Waiting => ({ run, cost, faults: [], declined: [] })
const line = (runs: number, name: string, priority = 0, cost = one) => ({
  name: String(priority),
  priority,
  virtual: 0,
  head: Array.from({ length: runs }, (_, i) => waits(`${name}${i}`, cost)),
})
const share = (submitter: string, runs: number, priority = 0): Share => ({
  submitter,
  virtual: 0,
  clock: 0,
  lines: [line(runs, submitter, priority)],
})
/** Workers of so many CPUs, of which so many are taken, and memory for all. */
const rooms = (...cpus: [size: number, used?: number][]): Room =>
  roomOf(
    cpus.map(([n], i): Host => {
      const size = { cpus: n, memory: 1e12 }
      return { worker: `w${i}`, size, room: size, heardAt: 0, freedAt: 0 }
    }),
    {
      queued: [],
      running: cpus.map(([, used = 0], i) => ({ run: `r${i}`, at: '', on: `w${i}`, cpus: used, memory: 0 })),
    },
  )
const endless = () => rooms([Infinity])
const choose = (shares: Share[], virtual: number, most: number, room = endless()) =>
  chooseNext(shares, virtual, [], room, most)
const runs = ({ picks }: Picked) => picks.map((each) => each.run)

describe('the fair share', () => {
  test('submitters share equally, however much each has waiting', () => {
    const { picks } = choose([share('many', 1000), share('few', 10)], 0, 20)
    expect(picks.filter((each) => each.submitter === 'few')).toHaveLength(10)
  })

  test('one run of a newcomer is next, whatever waits before it', () => {
    const busy = { ...share('busy', 1000), virtual: 500 }
    const { picks } = choose([busy, share('new', 1)], 500, 2)
    expect(picks.map((each) => each.submitter)).toContain('new')
  })

  test('having been away earns no credit', () => {
    const busy = { ...share('busy', 100), virtual: 500 }
    const { picks } = choose([busy, share('back', 100)], 500, 20)
    expect(picks.filter((each) => each.submitter === 'busy').length).toBeGreaterThanOrEqual(9)
  })

  test('each step of priority doubles the share within a submitter', () => {
    const lines = [line(100, 'low', -1), line(100, 'high', 1)]
    const { picks } = choose([{ submitter: 'ann', virtual: 0, clock: 0, lines }], 0, 50)
    expect(picks.filter((each) => each.line === '1')).toHaveLength(40)
    expect(weightOf(-5) * 1024).toBe(weightOf(5))
  })

  test('a run that no worker can hold is passed by, as if it were not there', () => {
    const head = [waits('huge', { cpus: 64, memory: 1 }), waits('a'), waits('b')]
    const picked = choose(
      [{ submitter: 'ann', virtual: 0, clock: 0, lines: [{ ...line(0, ''), head }] }],
      0,
      9,
      rooms([4]),
    )
    expect(runs(picked)).toEqual(['a', 'b'])
    expect(picked).toMatchObject({ turns: [], passed: [{ run: 'huge', verdict: { why: 'never' } }] })
  })

  test('one that was overtaken while it waits for room keeps its turn', () => {
    const head = [waits('large', { cpus: 4, memory: 1 }), waits('s1'), waits('s2'), waits('s3')]
    const ann = { submitter: 'ann', virtual: 0, clock: 0, lines: [{ ...line(0, ''), head }] }
    // the larger worker is busy with one: it is kept for the large run, and the other goes on
    const first = choose([ann], 0, 9, rooms([4, 1], [2]))
    expect([runs(first), first.turns]).toEqual([['s1', 's2'], ['large']])
    expect(first.picks.map((each) => each.verdict)).toEqual([
      { taken: true, host: 'w1', chosen: true },
      { taken: true, host: 'w1', chosen: true },
    ])
    // its submitter has been served meanwhile, and still it goes out before another's
    const behind = { submitter: 'bob', virtual: 0, clock: 0, lines: [line(9, 'bob')] }
    const shares = [behind, first.shares[0]!]
    expect(runs(chooseNext(shares, first.virtual, first.turns, rooms([4]), 9))[0]).toBe('large')
    expect(runs(chooseNext(shares, first.virtual, [], rooms([4]), 9))[0]).toBe('bob0')
  })

  test('over many rounds shares come to be equal, nobody starves, and no room is left while runs wait', () => {
    const submitters = fc.array(
      fc.record({ runs: fc.integer({ min: 1, max: 40 }), cpus: fc.constantFrom(0.5, 1, 2) }),
      { minLength: 2, maxLength: 6 },
    )
    fc.assert(
      fc.property(submitters, fc.integer({ min: 2, max: 7 }), (given, room) => {
        let shares: Share[] = given.map(({ runs: count, cpus }, i) => ({
          submitter: `s${i}`,
          virtual: 0,
          clock: 0,
          lines: [line(count, `s${i}-`, 0, { cpus, memory: 1 })],
        }))
        let virtual = 0
        let turns: string[] = []
        const served = given.map(() => 0)
        let waiting = true
        while (waiting) {
          const round = chooseNext(shares, virtual, turns, rooms([room]), 1000)
          const used = round.picks.reduce(
            (sum, pick) => sum + given[Number(pick.submitter.slice(1))]!.cpus,
            0,
          )
          for (const pick of round.picks) {
            const i = Number(pick.submitter.slice(1))
            served[i]! += given[i]!.cpus
          }
          ;({ shares, virtual, turns } = round)
          waiting = shares.some((each) => each.lines[0]!.head.length > 0)
          // work is conserved: a round ends only for want of room
          if (waiting) expect(room - used).toBeLessThan(2)
          // those who still wait were served alike, to within one run and one round
          const still = shares.flatMap((each, i) => (each.lines[0]!.head.length > 0 ? [served[i]!] : []))
          if (still.length > 1) expect(Math.max(...still) - Math.min(...still)).toBeLessThanOrEqual(4)
        }
        expect(served).toEqual(given.map(({ runs: count, cpus }) => count * cpus))
      }),
      { numRuns: 200 },
    )
  })

  test('shares come to be equal also where jobs come back that nobody took up, whoever they are of', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }), (comesBack) => {
        const served: Record<string, number> = { ann: 0, bob: 0 }
        const ends: boolean[] = []
        let shares = [share('ann', 100), share('bob', 100)]
        let virtual = 0
        const returned = ({ submitter, run }: Pick) => {
          const its = shares.find((each) => each.submitter === submitter)!.lines[0]!
          its.head.unshift({ ...waits(run), isPaid: true })
        }
        for (const back of comesBack) {
          // one goes out for the slot that is free, and one into the buffer
          const round = chooseNext(shares, virtual, [], endless(), 2)
          ;({ shares, virtual } = round)
          for (const [nth, pick] of round.picks.entries())
            if (back && nth === 1) returned(pick)
            else served[pick.submitter]! += 1
          ends.push(Math.abs(served['ann']! - served['bob']!) <= 2)
        }
        expect(ends).not.toContain(false)
      }),
    )
  })

  test('where all workers and runs are alike, room changes who goes out, never the order', () => {
    const many = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(
        many,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 4 }),
        (counts, hosts, cpus) => {
          const shares = counts.map((count, i) => share(`s${i}`, count))
          const order = runs(choose(shares, 0, 1000))
          const some = runs(
            choose(shares, 0, 1000, rooms(...Array.from({ length: hosts }, (): [number] => [cpus]))),
          )
          expect(some).toEqual(order.slice(0, some.length))
          expect(some.length).toBe(Math.min(order.length, hosts * cpus + Math.max(1, 0.02 * hosts * cpus)))
        },
      ),
    )
  })
})

describe('the buffer of the queue', () => {
  const host: Cost = { cpus: 4, memory: 8 * 2 ** 30 }
  test('is a slot, or a fiftieth of many', () => {
    expect(bufferOf([])).toEqual({ cpus: 0, memory: 0 })
    expect(bufferOf([host])).toEqual({ cpus: SLOT.cpus, memory: SLOT.memory })
    expect(bufferOf(Array.from({ length: 100 }, () => host)).cpus).toBe(8)
  })
})
