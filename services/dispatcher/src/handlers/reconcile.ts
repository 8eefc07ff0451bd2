/**
 * Compares what Redis, the broker and the records say, and mends what disagrees (H21): runs whose jobs are nowhere
 * (`domain/reconcile.ts`), and sets that do not follow their records. What it does is harmless if it was wrong: a run
 * that was still in its queue gets another token, a set is only ever made to say what the record says. Each mending is
 * counted in the commit that does it. A lease that its worker denies is mended with the worker's heartbeat, a timer
 * that never fired by the sweep.
 */
import type { Log } from '@carya/amqp'
import { queues, type Token } from '@carya/contracts'
import { lostJobs, short, waitingIn, type Waiting } from '../domain/reconcile.ts'
import { currentAttempt } from '../domain/record.ts'
import type { Clock, JobQueues, LiveSets, Mended, PoolStore, RunStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'

export type ReconcileParts = {
  runs: RunStore
  pools: PoolStore
  liveSets: LiveSets
  jobQueues: JobQueues
  mended: Mended
  change: ChangeRun
  poke: (pool: string) => void
  clock: Clock
  log: Log
  /** how long a job may be on its way into its queue, and a claim on its way out; seconds */
  graceSeconds: number
  /** whether the broker takes messages, so that what is missing can be told from what is held up */
  isFlowing: () => boolean
}

/** One look at everything. */
export type Reconcile = () => Promise<void>

export function reconcile(parts: ReconcileParts): Reconcile {
  const { runs, pools, liveSets, jobQueues, mended, change, poke, clock, log, graceSeconds, isFlowing } =
    parts
  let last: Waiting = new Map()

  return async () => {
    for await (const { run, kind, where, pool, mend } of liveSets.disagreements()) {
      if (!(await mend())) continue
      log.warn({ run, kind, where }, 'mended: a set did not follow the record')
      if (pool !== undefined) poke(pool)
    }
    last = await jobs()
  }

  /** The queues that are short of messages now; what was short before too is mended. */
  async function jobs(): Promise<Waiting> {
    // a claim that waits to be read is of a job that has left its queue
    if (!isFlowing() || (await jobQueues.count(queues.reports)) !== 0) return new Map()
    const waiting = new Map<string, ReadonlyMap<string, string>>()
    const before = new Date(clock.now() - graceSeconds * 1000).toISOString()
    for (const pool of await pools.pools())
      for (const [queue, those] of waitingIn(pool, await liveSets.queued(pool), before))
        waiting.set(queue, those)
    const counts = new Map<string, number | undefined>()
    for (const queue of waiting.keys()) {
      const count = await jobQueues.count(queue)
      counts.set(queue, count)
      if (count !== undefined) continue
      log.warn({ queue }, 'a job queue is gone: it is made again')
      await mended.count('missing-queue')
      jobQueues.renew()
    }
    const lacking = short(waiting, counts)
    for (const run of lostJobs(last, lacking)) await feedAgain(run)
    return lacking
  }

  async function feedAgain(run: string): Promise<void> {
    const record = await runs.read(run)
    const current = record && currentAttempt(record)
    if (!current) return
    const { attempt, nonce } = current
    const token: Token = { run, attempt, nonce }
    const decision = await change(run, { type: 'job lost', token }, 'lost-job')
    if (decision === 'unknown' || 'refused' in decision) return
    log.warn({ run, attempt }, 'mended: a job was nowhere, its run goes back into the line')
  }
}
