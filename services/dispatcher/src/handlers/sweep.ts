/**
 * What must happen although no message comes: leases that ran out, runs whose time has come, pools that something
 * kept from being fed, ended runs that are old. Each is judged afresh from what stands in Redis, so a sweep that is
 * late, doubled or left out does no harm (H11).
 */
import type { Log } from '@carya/amqp'
import type { Expire } from '@carya/contracts'
import { expired } from '../domain/lease.ts'
import type { Clock, RunStore, WorkerStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'
import type { Feeder } from './feed-pool.ts'

const STEP = 1000

export type SweepParts = {
  runs: RunStore
  workers: WorkerStore
  change: ChangeRun
  feeder: Feeder
  clock: Clock
  log: Log
  listeningSince: () => number | undefined
  /** publishes an expiry into the queue of reports */
  expire: (report: Expire) => Promise<void>
  retentionSeconds: number
}

export type Sweep = {
  leases(): Promise<void>
  due(): Promise<void>
  retention(): Promise<void>
  all(): Promise<void>
}

export function sweep(parts: SweepParts): Sweep {
  const { runs, workers, change, feeder, clock, log, listeningSince, expire, retentionSeconds } = parts
  const sweeps = {
    async leases() {
      for (const worker of await workers.all()) {
        if (worker.state !== 'lost') continue
        const held = await workers.held(worker.name)
        for (const { run, attempt, nonce } of expired(held, worker.lastBeat, listeningSince(), clock.now())) {
          log.warn({ run, attempt, worker: worker.name }, 'lease ran out')
          await expire({ v: 1, kind: 'expire', run, attempt, nonce, worker: worker.name, at: clock.iso() })
        }
      }
    },
    async due() {
      for (const id of await runs.due(clock.now(), STEP)) await change(id, { type: 'due' })
    },
    async retention() {
      const before = clock.now() - retentionSeconds * 1000
      while ((await runs.forget(before, STEP)) === STEP);
    },
    async all() {
      await sweeps.due()
      await sweeps.leases()
      await feeder.pokeAll()
      await sweeps.retention()
    },
  }
  return sweeps
}
