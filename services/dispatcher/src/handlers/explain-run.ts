/**
 * Answers why a run is not running: reads what a round of the feed reads, and has `domain/why.ts` put it into words.
 * Of a run that ended longer ago than records are kept the store says that it has ended; of a member that was never fed
 * its ensemble's record says which workers may have it.
 */
import type { Reason, Why } from '@carya/contracts'
import { memberOf } from '../domain/member.ts'
import { currentAttempt } from '../domain/record.ts'
import { toldOf } from '../domain/told.ts'
import { ended, explain, notFed } from '../domain/why.ts'
import type { EnsembleStore } from '../ensemble-ports.ts'
import type { Clock, EndedRuns, PoolStore, RunStore, WorkerStore } from '../ports.ts'
import type { FindMember } from './find-member.ts'
import type { Feeder } from './feed-pool.ts'

export type ExplainParts = {
  runs: RunStore
  ended: EndedRuns
  /** of a member without a record */
  findMember: FindMember
  ensembles: Pick<EnsembleStore, 'read'>
  pools: PoolStore
  workers: WorkerStore
  feeder: Pick<Feeder, 'hosts' | 'buffers' | 'beyond'>
  clock: Clock
  /** why no new requests are taken */
  full: () => string | undefined
  /** since when Redis is being reconciled */
  recovering: () => string | undefined
  /** the broker's state in a word */
  broker: () => string
}

/** Undefined: the run is not known. */
export type ExplainRun = (id: string) => Promise<Why | undefined>

export function explainRun(parts: ExplainParts): ExplainRun {
  const { runs, pools, workers, feeder, clock, full, recovering, broker } = parts

  /** A member that has no record yet. */
  async function unfed(ensemble: string): Promise<Reason[]> {
    const [record, all] = await Promise.all([parts.ensembles.read(ensemble), workers.all()])
    return notFed(ensemble, record, { workers: all, hosts: record ? feeder.hosts(all, record.pool) : [] })
  }

  return async (id) => {
    const run = await runs.read(id)
    const member = memberOf(id)
    if (!run || (member && run.endedAt !== undefined)) {
      const found = member ? await parts.findMember(id) : await parts.ended.find(id)
      if (!found) return undefined
      const isUnfed = member && found.endedAt === undefined
      return { id, state: found.state, reasons: isUnfed ? await unfed(member.ensemble) : [ended(found)] }
    }
    const { pool, state } = run
    const owner = currentAttempt(run)?.worker
    const [all, depth, ahead, beat] = await Promise.all([
      workers.all(),
      pools.depth(pool),
      pools.ahead(run),
      owner === undefined ? undefined : workers.find(owner),
    ])
    const { queued, running, shares, virtual, turns } = await pools.backlog(depth, feeder.beyond(pool))
    const word = broker()
    const reasons = explain(run, {
      now: clock.iso(),
      workers: all,
      hosts: feeder.hosts(all, pool),
      buffers: feeder.buffers(pool),
      queued,
      running,
      shares,
      virtual,
      turns,
      ahead,
      full: full(),
      recovering: recovering(),
      broker: word === 'up' ? undefined : word,
      preparing: beat && toldOf(run, beat).preparing,
    })
    return { id, state, reasons }
  }
}
