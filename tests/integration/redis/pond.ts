/** Ensembles, runs and a pool in a real Redis, with a feed and members that live as they do. */
import { newId, type FailureKind } from '@carya/contracts'
import { expect, inject } from 'vitest'
import type { EnsembleDecision } from '../../../services/dispatcher/src/domain/ensemble.ts'
import { sampleEnsemble } from '../../../services/dispatcher/src/domain/sample-ensemble.fixture.ts'
import type { EnsembleRecord } from '../../../services/dispatcher/src/domain/ensemble-record.ts'
import type { RunRecord } from '../../../services/dispatcher/src/domain/record.ts'
import { decide, type RunEvent } from '../../../services/dispatcher/src/domain/run.ts'
import { START } from '../../../services/dispatcher/src/domain/sample.fixture.ts'
import { feedPools } from '../../../services/dispatcher/src/handlers/feed-pool.ts'
import { makeMembers } from '../../../services/dispatcher/src/handlers/make-members.ts'
import type { EnsembleStore, TableRows } from '../../../services/dispatcher/src/ensemble-ports.ts'
import type { PoolStore, RunStore } from '../../../services/dispatcher/src/ports.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { openEnsembles } from '../../../services/dispatcher/src/redis/ensembles.ts'
import { KnownRuns } from '../../../services/dispatcher/src/redis/known-runs.ts'
import { openOutbox } from '../../../services/dispatcher/src/redis/outbox.ts'
import { openPools } from '../../../services/dispatcher/src/redis/pools.ts'
import { openRuns } from '../../../services/dispatcher/src/redis/runs.ts'
import { freeDatabase } from '../../support/redis-database.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
export const RETENTION = 3600
export const LATER = '2026-01-01T01:00:00.000Z'
export const POOL = 'default'

/** The current attempt. */
export const tokenOf = ({ id, attempts }: RunRecord) => ({
  run: id,
  attempt: attempts.at(-1)!.attempt,
  nonce: attempts.at(-1)!.nonce,
})
export const claimed = (run: RunRecord): RunEvent => ({
  type: 'claimed',
  token: tokenOf(run),
  worker: 'w1',
  at: START,
})
export const finished =
  (kind?: FailureKind) =>
  (run: RunRecord): RunEvent => ({
    type: 'finished',
    report: {
      v: 1,
      kind: 'finished',
      ...tokenOf(run),
      worker: 'w1',
      at: LATER,
      outcome: kind ? 'failed' : 'succeeded',
      finishedAt: LATER,
      exitCode: kind ? 3 : 0,
      ...(kind ? { failure: { kind, detail: 'why' } } : {}),
      metrics: { gpp: 1 },
      outputs: [],
      outputsTotal: 0,
      logTail: '',
      folder: `ensembles/x/0/${run.index}/1-${'1'.repeat(16)}`,
    },
  })
export const member = ({ id }: EnsembleRecord, index: number) => `${id}-${index}`
/** A request for so many members of one CPU each, whose failures are final. */
export const few = (samples: number, more: object = {}) => ({
  design: { kind: 'lhs', samples, vary: { lai: { uniform: [1, 5] } } },
  resources: { cpus: 1 },
  retries: 0,
  ...more,
})

export type Pond = Awaited<ReturnType<typeof openPond>>

/** On a database of its own; all of it is emptied at the end. */
export async function openPond() {
  await using opened = new AsyncDisposableStack()
  const redis = openRedis(await freeDatabase(inject('redisUrl')), 'test')
  opened.defer(async () => {
    await redis.flushdb()
    redis.disconnect()
  })
  await connect(redis, AbortSignal.timeout(5000))
  const outbox = opened.use(
    openOutbox(
      redis,
      async () => {},
      () => false,
      silent,
    ),
  )
  const known = new KnownRuns()
  const retention = { seconds: RETENTION }
  const runs: RunStore = openRuns(redis, outbox, retention, known)
  const pools: PoolStore = openPools(redis, outbox, retention, known)
  const ensembles: EnsembleStore = openEnsembles(redis, outbox, retention)
  /** rows of tables that came as files: nobody has any */
  const tables: TableRows = { read: async () => ({ unreadable: 'no such file' }) }

  async function arrive(more: Partial<EnsembleRecord> = {}, request: object = {}): Promise<EnsembleRecord> {
    const made = sampleEnsemble({ id: newId('e'), ...more }, request)
    expect(await ensembles.create(made, undefined, '', [])).toBe('done')
    return made.record
  }
  const now = async (id: string): Promise<EnsembleRecord> => (await ensembles.read(id))!
  async function change(
    id: string,
    decision: EnsembleDecision,
    more?: Parameters<EnsembleStore['change']>[3],
  ): Promise<EnsembleRecord> {
    if ('refused' in decision) throw new Error(decision.refused)
    expect(await ensembles.change(await now(id), decision.ensemble, [], more)).toBe('done')
    return decision.ensemble
  }

  /** Feeds the pool as a dispatcher does that has one worker there; ids of members that ended without being fed. */
  async function feed(cpus = 2000): Promise<string[]> {
    const size = { cpus, memory: 2 ** 50 }
    const at = Date.now()
    const session = {
      version: '0',
      lastBeatAt: START,
      attempts: 0,
      lastBeat: at,
      session: 'one',
      wish: undefined,
    }
    const worker = { name: 'w1', pool: POOL, state: 'live' as const, size, room: size, ...session }
    const clock = { now: () => at, iso: () => START }
    const ended: string[] = []
    const feeder = feedPools({
      pools,
      make: makeMembers({ ensembles, tables, clock }),
      workers: { all: async () => [worker] },
      clock,
      installation: 'test',
      log: silent,
      gate: { isOpen: () => true, isRecovering: () => false },
      memberEnded: (id) => ended.push(id),
    })
    feeder.poke(POOL)
    await feeder.idle()
    return ended
  }

  async function happen(id: string, ...events: ((run: RunRecord) => RunEvent)[]): Promise<RunRecord> {
    let run = (await runs.read(id))!
    for (const event of events) {
      const decision = decide(run, event(run), LATER, 0)
      if ('refused' in decision) throw new Error(decision.refused)
      expect(await runs.change(run, decision.run, [])).toBe('done')
      run = decision.run
    }
    return run
  }
  /** A member's whole life; its failures are final. */
  const end = (id: string, kind?: FailureKind): Promise<RunRecord> => happen(id, claimed, finished(kind))
  const queued = async () => (await pools.depth(POOL)).queued.map(({ run }) => run)

  const owned = opened.move()
  return {
    redis,
    runs,
    pools,
    ensembles,
    arrive,
    /** an ensemble's record as it stands */
    now,
    change,
    feed,
    /** what happens to a member, one after the other */
    happen,
    end,
    /** ids of what is queued in the pool */
    queued,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
