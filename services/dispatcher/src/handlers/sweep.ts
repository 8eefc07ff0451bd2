/**
 * What must happen although no message comes: leases that ran out, runs whose time or deadline has come,
 * pools that something kept from being fed, ended runs that are old. Each is judged afresh from what stands in Redis,
 * so a sweep that is late, doubled or left out does no harm (H11).
 */
import type { Log } from '@carya/amqp'
import type { Expire } from '@carya/contracts'
import { setTimeout as pause } from 'node:timers/promises'
import { expired } from '../domain/lease.ts'
import type { RunEvent } from '../domain/run.ts'
import type { EnsembleStore } from '../ensemble-ports.ts'
import type { Clock, Gate, Mending, Orders, RunStore, WorkerStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'
import type { Tender } from './tend-ensembles.ts'
import type { Feeder } from './feed-pool.ts'

/** Runs that are changed, or forgotten, at once. */
const STEP = 100
/** A timer this late is lost, or nobody was there to heed it. */
const LATE_MS = 5000
/** How long a silent worker has to answer; one that is there does so in a few milliseconds. */
const LAST_CALL_MS = 500
/** Beats asked for: another dispatcher may be given the first, and be frozen with it. */
const LAST_CALL = [{ do: 'beat' as const }, { do: 'beat' as const }, { do: 'beat' as const }]

export type SweepParts = {
  runs: RunStore
  ensembles: Pick<EnsembleStore, 'forget'>
  tender: Pick<Tender, 'all'>
  workers: WorkerStore
  change: ChangeRun
  feeder: Feeder
  orders: Orders
  clock: Clock
  log: Log
  listeningSince: () => number | undefined
  gate: Gate
  /** publishes an expiry into the queue of reports */
  expire: (report: Expire) => Promise<void>
  /** takes back what was placed on workers that are gone */
  recall: () => Promise<void>
  /** forgets workers that are gone */
  forgetWorkers: () => Promise<void>
  /** forgets pools that have nothing in them */
  dropPools: () => Promise<void>
  retentionSeconds: number
}

export type Sweep = {
  leases(): Promise<void>
  due(): Promise<void>
  retention(): Promise<void>
  all(): Promise<void>
}

export function sweep(parts: SweepParts): Sweep {
  const { runs, workers, change, feeder, orders, clock, log, listeningSince, gate, expire, recall } = parts
  const { ensembles, tender, retentionSeconds, forgetWorkers, dropPools } = parts

  /** Attempts of a worker whose lease has run out by what Redis knows now. */
  async function overdue(worker: string) {
    const known = await workers.find(worker)
    const held = known ? await workers.held(worker) : []
    return known ? expired(held, known.lastBeat, listeningSince(), clock.now()) : []
  }

  const sweeps = {
    async leases() {
      const silent: string[] = []
      for (const { name, state } of await workers.all())
        if (state === 'lost' && (await overdue(name)).length > 0) silent.push(name)
      if (silent.length === 0) return
      // before a lease is taken away its holder is asked once more
      for (const name of silent) orders.send(name, LAST_CALL)
      await pause(LAST_CALL_MS)
      for (const worker of silent)
        for (const { run, attempt, nonce } of await overdue(worker)) {
          log.warn({ run, attempt, worker }, 'lease ran out')
          await expire({ v: 1, kind: 'expire', run, attempt, nonce, worker, at: clock.iso() })
        }
    },
    due: () => due(0),
    async retention() {
      const before = clock.now() - retentionSeconds * 1000
      while ((await runs.forget(before, STEP)) === STEP);
      while ((await ensembles.forget(before, STEP)) === STEP);
    },
    async all() {
      if (!gate.isOpen()) return
      await due(LATE_MS, 'late-timer')
      await due(0)
      await sweeps.leases()
      await recall()
      await dropPools()
      await feeder.pokeAll()
      await tender.all()
      await sweeps.retention()
      await forgetWorkers()
    },
  }
  return sweeps

  /** What has been due for so long; after a while its timer is taken to be lost, and it counts as mended. */
  async function due(forMs: number, mending?: Mending): Promise<void> {
    if (!gate.isOpen()) return
    await each((now) => runs.due(now - forMs, STEP), { type: 'due' }, mending)
    await each((now) => runs.deadlines(now - forMs, STEP), { type: 'deadline' }, mending)
  }

  /** All that is due, a step at a time; what a step cannot move is left for the reconciler. */
  async function each(
    read: (now: number) => Promise<string[]>,
    event: RunEvent,
    mending?: Mending,
  ): Promise<void> {
    for (;;) {
      const ids = await read(clock.now())
      const decisions = await Promise.all(ids.map((id) => change(id, event, mending)))
      const moved = decisions.some((decision) => decision !== 'unknown' && 'run' in decision)
      if (ids.length < STEP || !moved) return
    }
  }
}
