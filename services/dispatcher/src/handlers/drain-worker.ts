/** Notes whether a worker is to take jobs (domain/drain.ts), and has it told at once; every heartbeat tells it again. */
import type { Problem } from '@carya/contracts'
import type { Wish } from '../domain/drain.ts'
import { noSuchWorker } from '../domain/worker.ts'
import type { KnownWorker, Orders, WorkerStore } from '../ports.ts'

export type DrainParts = {
  workers: WorkerStore
  orders: Orders
  workersChanged: (pool: string) => void
}

export type DrainWorker = (
  name: string,
  wish: Exclude<Wish, 'leave'>,
) => Promise<{ worker: KnownWorker } | { rejected: Problem }>

export function drainWorker({ workers, orders, workersChanged }: DrainParts): DrainWorker {
  return async (name, wish) => {
    const isKnown = (await workers.find(name)) !== undefined
    if (isKnown) await workers.setWish(name, wish)
    const worker = await workers.view(name)
    if (!worker) return { rejected: noSuchWorker(name, await workers.all()) }
    orders.send(name, [{ do: wish }])
    workersChanged(worker.pool)
    return { worker }
  }
}
