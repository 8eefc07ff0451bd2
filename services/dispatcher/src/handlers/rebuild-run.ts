/**
 * A worker tells what it holds of an attempt that no record knows, or only an older one (report `held`): the record
 * is made again from the job that its host kept, or brought forward to it (H3). A run that the store says has ended
 * meanwhile becomes that end instead. One whose job is gone cannot be made again: the operator is told, and what its
 * worker holds is left alone.
 */
import type { Log } from '@carya/amqp'
import type { HeldReport } from '@carya/contracts'
import { render } from '../domain/messages.ts'
import { isAhead, madeAgain } from '../domain/recovery.ts'
import type { Clock, EndedRuns, RecoveryStore, RunStore } from '../ports.ts'
import type { ChangeRun } from './change-run.ts'

export type RebuildParts = {
  runs: RunStore
  ended: EndedRuns
  recoveries: RecoveryStore
  change: ChangeRun
  clock: Clock
  installation: string
  log: Log
  /** compares Redis with what was seen, so that what is made again counts for the recovery that it is part of */
  check: () => Promise<void>
  /** a host holds an attempt that Redis has forgotten */
  ahead: (run: string, queuedAt?: string) => Promise<void>
}

/** Answers why nothing was made of it, or undefined. */
export type RebuildRun = (held: HeldReport) => Promise<string | undefined>

export function rebuildRun(parts: RebuildParts): RebuildRun {
  const { runs, ended, recoveries, change, clock, installation, log, check, ahead } = parts

  return async (held) => {
    const { run, attempt, worker, phase } = held
    await check()
    for (;;) {
      const record = await runs.read(run)
      const stored = record?.endedAt === undefined ? await ended.find(run) : undefined
      // a live run is never forgotten otherwise
      if (!stored && (record === undefined || isAhead(record, held))) await ahead(run, held.job?.queuedAt)
      if (record) {
        const decision = await change(
          run,
          stored ? { type: 'ended in store', stored } : { type: 'found', held },
        )
        if (decision === 'unknown') continue
        if ('refused' in decision) return decision.refused
        await told(held, decision.run.state)
        return undefined
      }
      const made = madeAgain(held, stored)
      if ('refused' in made) {
        const what = `attempt ${attempt} of run ${run} on worker ${worker}, ${phase}: ${made.refused}; its container is left alone`
        if (await recoveries.lose(what)) log.error({ run, attempt, worker }, 'a record cannot be made again')
        return made.refused
      }
      const out = render(made.run, made.effects, installation, clock.iso())
      if ((await runs.rebuild(made.run, out)) === 'conflict') continue
      await told(held, made.run.state)
      return undefined
    }
  }

  async function told({ run, attempt, worker }: HeldReport, state: string): Promise<void> {
    log.warn({ run, attempt, worker, state }, 'a record was made again')
    await recoveries.count(state === 'running' ? 'rebuilt' : 'ended')
  }
}
