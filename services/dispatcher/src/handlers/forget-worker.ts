/** Forgets workers that are gone (domain/leaving.ts): one that is named, and with each sweep those whose time has come. */
import type { Log } from '@carya/amqp'
import type { ForgottenWorker, Problem } from '@carya/contracts'
import { setTimeout as pause } from 'node:timers/promises'
import { isToGo, keeps } from '../domain/leaving.ts'
import { noSuchWorker } from '../domain/worker.ts'
import type { Clock, KnownWorker, PoolStore, WorkerStore } from '../ports.ts'

export type ForgetParts = {
  workers: WorkerStore
  pools: PoolStore
  /** deletes a worker's own queue */
  deleteQueue: (pool: string, worker: string) => Promise<void>
  workersChanged: (pool: string) => void
  clock: Clock
  retentionSeconds: number
  log: Log
}

export type ForgetWorker = (
  name: string,
  when: 'now' | 'gone',
) => Promise<{ worker: ForgottenWorker } | { rejected: Problem }>

/** Another dispatcher may believe in the worker a little longer than we do: by then it knows that it is to leave. */
const KNOWN_TO_ALL_MS = 1000

export function forgetWorkers(parts: ForgetParts): { one: ForgetWorker; gone: () => Promise<void> } {
  const { workers, pools, deleteQueue, workersChanged, clock, retentionSeconds, log } = parts

  /** Why it cannot be forgotten now. */
  async function kept(worker: KnownWorker): Promise<Problem | undefined> {
    const [held, { queued }] = await Promise.all([workers.held(worker.name), pools.depth(worker.pool)])
    return keeps(worker, held.length + queued.filter((run) => run.on === worker.name).length)
  }

  async function forget({ name, pool }: KnownWorker): Promise<void> {
    // first: without a record nobody would know of the queue
    await deleteQueue(pool, name)
    await workers.forget(name)
    workersChanged(pool)
    log.info({ worker: name, pool }, 'worker forgotten')
  }

  return {
    async one(name, when) {
      const worker = await workers.view(name)
      if (!worker) return { rejected: noSuchWorker(name, await workers.all()) }
      const { attempts } = worker
      const early = await kept(worker)
      if (early && when === 'now') return { rejected: early }
      await workers.setWish(name, 'leave')
      workersChanged(worker.pool)
      if (early) return { worker: { name, forgotten: false, attempts } }
      await pause(KNOWN_TO_ALL_MS)
      const still = await workers.view(name)
      const late = still && (await kept(still))
      if (late && when === 'now') {
        await workers.setWish(name, worker.wish ?? 'resume')
        return { rejected: late }
      }
      if (still && !late) await forget(still)
      return { worker: { name, forgotten: !late, attempts } }
    },
    async gone() {
      for (const worker of await workers.all())
        if (isToGo(worker, clock.now(), retentionSeconds) && !(await kept(worker))) await forget(worker)
    },
  }
}
