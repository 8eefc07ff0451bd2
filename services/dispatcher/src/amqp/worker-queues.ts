/** The queues that workers take jobs from: made when a worker is heard of, its own deleted when it is forgotten. */
import type { Broker, Declaration } from '@carya/amqp'
import { poolQueue, workerQueue } from '@carya/contracts'
import { Unavailable } from '../api.ts'
import { jobTopology } from './topology.ts'

export type WorkerQueues = {
  /**
   * Has both queues of a worker made, its pool's and its own, and made again whenever they are missing: when this
   * process first hears of it, whatever another dispatcher knows, for that may have died before it did so; and again
   * when the worker has started anew (`isNew`), for they may have been deleted meanwhile.
   */
  welcome(pool: string, worker: string, isNew: boolean): void
  /** Deletes a worker's own queue. Throws `Unavailable` where the broker is away. */
  forget(pool: string, worker: string): Promise<void>
}

export function workerQueues(broker: Pick<Broker, 'declare' | 'remove'>): WorkerQueues {
  const known = new Map<string, Declaration[]>()
  return {
    welcome(pool, worker, isNew) {
      if (known.has(workerQueue(pool, worker)) && !isNew) return
      for (const name of [poolQueue(pool), workerQueue(pool, worker)]) {
        const declarations = known.get(name) ?? jobTopology(name)
        known.set(name, declarations)
        broker.declare(declarations)
      }
    },
    async forget(pool, worker) {
      const name = workerQueue(pool, worker)
      try {
        await broker.remove(name, known.get(name) ?? [])
      } catch (cause) {
        throw new Unavailable('the broker', { cause })
      }
      known.delete(name)
    },
  }
}
