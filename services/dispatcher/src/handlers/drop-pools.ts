/**
 * Forgets pools that have no worker and nothing in them: a request may name any pool, and each that is known is looked
 * at by every sweep. A run that comes later makes its pool known again.
 */
import type { PoolStore, WorkerStore } from '../ports.ts'

export function dropPools(parts: { pools: PoolStore; workers: WorkerStore }): () => Promise<void> {
  const { pools, workers } = parts
  return async () => {
    const live = (await workers.all()).filter((worker) => worker.state === 'live')
    const served = new Set(live.map((worker) => worker.pool))
    for (const pool of await pools.pools()) if (!served.has(pool)) await pools.drop(await pools.depth(pool))
  }
}
