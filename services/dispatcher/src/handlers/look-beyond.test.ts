import { beforeEach, describe, expect, test } from 'vitest'
import { sampleEnsemble } from '../domain/ensemble.fixture.ts'
import type { Passed, Share } from '../domain/fair-share.ts'
import type { Host } from '../domain/placement.ts'
import { sampleRun } from '../domain/sample.fixture.ts'
import type { Backlog } from '../ports.ts'
import { lookBeyond, type LookBeyond } from './look-beyond.ts'

const size = { cpus: 4, memory: 2 ** 30 }
const host = (worker: string, cpus = 4): Host => ({
  worker,
  size: { ...size, cpus },
  room: size,
  heardAt: 0,
  freedAt: 0,
})
const hosts = [host('w1')]
const waits = (run: string) => ({ run, cost: size, faults: [], declined: [] })
const share = (submitter: string, name: string, runs: readonly string[]): Share => ({
  submitter,
  virtual: 0,
  clock: 0,
  lines: [{ name, priority: 0, virtual: 0, head: runs.map(waits) }],
})
const empty: Omit<Backlog, 'shares' | 'fresh'> = {
  pool: 'pond',
  version: '',
  arrivals: '',
  queued: [],
  running: [],
  virtual: 0,
  turns: [],
  isCut: true,
  heads: new Map(),
  strays: [],
  idle: [],
  beyond: new Map(),
}
const backlog = (shares: Share[], fresh: readonly string[] = []): Backlog => ({
  ...empty,
  shares,
  fresh: new Map(fresh.map((run) => [run, { ensemble: sampleEnsemble(), index: 0, isAgain: false }])),
})
const never = (...runs: string[]): Passed[] =>
  runs.map((run) => ({ run, verdict: { taken: false, why: 'never' } }))

let now: number
let beyond: LookBeyond
beforeEach(() => {
  now = 0
  beyond = lookBeyond({ now: () => now })
})
/** One round, in which these runs were found to be hopeless. */
function round(shares: Share[], hopeless: readonly string[], fresh: readonly string[] = []): boolean {
  beyond.begin('pond', hosts)
  return beyond.found(backlog(shares, fresh), never(...hopeless))
}
const known = (those = hosts) => Object.fromEntries(beyond.begin('pond', those))

describe('a round looks beyond', () => {
  test('a head of which no worker can hold a run, up to its last, until it has gone through the line', () => {
    expect(round([share('ann', '0', ['r1', 'r2'])], ['r1', 'r2'])).toBe(true)
    expect(known()).toEqual({ '0:ann': 'r2' })
    expect(round([share('ann', '0', ['r3', 'r4'])], ['r3', 'r4'])).toBe(true)
    expect(known()).toEqual({ '0:ann': 'r4' })
    expect(round([share('ann', '0', [])], [])).toBe(false)
    expect(known()).toEqual({ '0:ann': 'r4' })
  })

  test('no head with a run that can go out, or that was not looked at', () => {
    expect(round([share('ann', '0', ['r1', 'r2'])], ['r1'])).toBe(false)
    const full: Passed = { run: 'r2', verdict: { taken: false, why: 'full' } }
    beyond.begin('pond', hosts)
    expect(beyond.found(backlog([share('ann', '0', ['r1', 'r2'])]), [...never('r1'), full])).toBe(false)
    expect(known()).toEqual({})
  })

  test('a whole ensemble, or those of its members that are tried again and grew too large', () => {
    const one = share('ann', 'e1', ['e1-0', 'e1-1'])
    const other = share('bob', 'e2', ['e2-0', 'e2-9'])
    expect(round([one, other], ['e1-0', 'e1-1', 'e2-0'], ['e1-0', 'e1-1', 'e2-9'])).toBe(true)
    expect(known()).toEqual({ 'e1:ann': '*', 'e2:bob': 'e2-0' })
  })

  test('until a worker comes, or changes', () => {
    const look = () => round([share('ann', '0', ['r1'])], ['r1'])
    look()
    expect(known([host('w1'), host('w2')])).toEqual({})
    look()
    expect(known([host('w1', 8)])).toEqual({})
    look()
    expect(known([{ ...host('w1'), heardAt: 9, room: { ...size, cpus: 1 } }])).toEqual({ '0:ann': 'r1' })
  })

  test('until a while has passed: another dispatcher may have brought something back', () => {
    round([share('ann', '0', ['r1'])], ['r1'])
    now = 9999
    expect(known()).toEqual({ '0:ann': 'r1' })
    now = 10_000
    expect(known()).toEqual({})
  })

  test('for longer where it took long to find, but not for ever', () => {
    const lengthy = (run: string) => {
      beyond.begin('pond', hosts)
      now += 100
      return beyond.found(backlog([share('ann', '0', [run])]), never(run))
    }
    for (let i = 0; i < 200; i += 1) expect(lengthy(`r${i}`)).toBe(true)
    expect(now).toBe(20_000)
    now = 209_999
    expect(known()).toEqual({ '0:ann': 'r199' })
    now = 210_000
    expect(known()).toEqual({})
    const start = now
    for (let i = 0; i < 2000; i += 1) lengthy(`r${i}`)
    now = start + 599_999
    expect(known()).toEqual({ '0:ann': 'r1999' })
    now = start + 600_000
    expect(known()).toEqual({})
  })

  test('not where a run has come back in front, nor where one did while the round went on', () => {
    const back = (id: string) => sampleRun({ id, pool: 'pond', submitter: 'ann' })
    round([share('ann', '0', ['r2', 'r3'])], ['r2', 'r3'])
    beyond.cameBack(back('r4'))
    expect(known()).toEqual({ '0:ann': 'r3' })
    beyond.cameBack(back('r1'))
    expect(known()).toEqual({})
    beyond.begin('pond', hosts)
    beyond.cameBack(back('r1'))
    expect(beyond.found(backlog([share('ann', '0', ['r2', 'r3'])]), never('r2', 'r3'))).toBe(false)
    expect(known()).toEqual({})
  })
})
