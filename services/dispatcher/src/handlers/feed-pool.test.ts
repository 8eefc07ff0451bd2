import { expect, test } from 'vitest'
import { sampleEnsemble } from '../domain/ensemble.fixture.ts'
import { waitingMember, type Fresh } from '../domain/ensemble-line.ts'
import { memberId } from '../domain/member.ts'
import { sampleRun, START } from '../domain/sample.fixture.ts'
import type { Backlog, KnownWorker, PoolStore } from '../ports.ts'
import { feedPools } from './feed-pool.ts'

const ensemble = (id: string) => sampleEnsemble({ id, submitter: id, members: 1 })
const size = { cpus: 8, memory: 2 ** 30 }
const worker: KnownWorker = {
  name: 'w1',
  pool: 'default',
  state: 'live',
  version: '',
  lastBeatAt: START,
  size,
  room: size,
  attempts: 0,
  lastBeat: 0,
  session: '',
  wish: undefined,
}

test('an ensemble whose members cannot be made holds up nobody else', async () => {
  const waiting = new Map(['ebad', 'egood'].map((id) => [id, ensemble(id)]))
  const fed: string[] = []
  const pools: PoolStore = {
    pools: async () => ['default'],
    depth: async (pool) => ({ pool, version: '', arrivals: '', queued: [], running: [] }),
    async backlog(depth): Promise<Backlog> {
      const fresh = [...waiting.values()].map((each): Fresh => ({ ensemble: each, index: 0, isAgain: false }))
      return {
        ...depth,
        virtual: 0,
        turns: [],
        isCut: false,
        beyond: new Map(),
        heads: new Map(),
        fresh: new Map(fresh.map((each) => [memberId(each.ensemble.id, 0), each])),
        idle: [],
        strays: [],
        shares: fresh.map((each) => ({
          submitter: each.ensemble.id,
          virtual: 0,
          clock: 0,
          lines: [{ name: each.ensemble.id, priority: 0, virtual: 0, head: [waitingMember(each)] }],
        })),
      }
    },
    ahead: async () => undefined,
    async feed(_backlog, _picked, runs, advances) {
      fed.push(...runs.map(({ after }) => after.id))
      for (const { after } of advances) waiting.delete(after.id)
      return 'done'
    },
    drop: async () => {},
    tidy: async () => false,
  }
  const said: object[] = []
  const log = { debug() {}, info() {}, warn: (what: object) => said.push(what), error() {} }
  const feeder = feedPools({
    pools,
    async make(fresh) {
      if (fresh.some((each) => each.ensemble.id === 'ebad')) throw new Error('EIO')
      return new Map(
        fresh.map(({ ensemble: { id }, index }) => {
          const run = sampleRun({ id: memberId(id, index), ensemble: id, index, version: 0 })
          return [run.id, run]
        }),
      )
    },
    workers: { all: async () => [worker] },
    clock: { now: () => 0, iso: () => START },
    installation: 'lab',
    log,
    gate: { isOpen: () => true, isRecovering: () => false },
    memberEnded: () => {},
  })
  feeder.poke('default')
  await feeder.idle()
  expect(fed).toEqual(['egood-0'])
  expect([...waiting.keys()]).toEqual(['ebad'])
  expect(said).toMatchObject([{ ensemble: 'ebad' }])
})
