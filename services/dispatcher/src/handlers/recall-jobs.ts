/**
 * Takes back what was placed on a worker that takes no jobs now: lost, drained, or unwell. Such a run goes back into
 * the line and spends nothing. The job that stays behind in the worker's queue has a nonce that counts no more: should
 * the worker come back and claim it, it is refused. Only live sets are read, and a bounded number of runs is moved at
 * a time; what is left is found by the next sweep.
 */
import type { Log } from '@carya/amqp'
import { stranded } from '../domain/placement.ts'
import type { PoolStore, RunStore, WorkerStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'

const STEP = 500

export type RecallParts = {
  pools: PoolStore
  runs: RunStore
  workers: WorkerStore
  change: ChangeRun
  log: Log
}

export function recallJobs({ pools, runs, workers, change, log }: RecallParts): () => Promise<void> {
  return async () => {
    const all = await workers.all()
    const live = new Set(all.flatMap(({ name, state }) => (state === 'live' ? [name] : [])))
    for (const pool of await pools.pools()) {
      const { queued } = await pools.depth(pool)
      for (const { run, on: worker } of stranded(queued, live).slice(0, STEP)) {
        const record = await runs.read(run)
        const current = record?.state === 'queued' ? record.attempts.at(-1) : undefined
        // it may have been granted, or placed anew, since the set was read
        if (!current || current.placed !== worker) continue
        const { attempt, nonce } = current
        log.info({ run, attempt, worker }, 'taken back from a worker that takes no jobs now')
        await change(run, { type: 'job lost', token: { run, attempt, nonce } })
      }
    }
  }
}
