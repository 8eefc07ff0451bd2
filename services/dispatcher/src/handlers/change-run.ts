/** Load, decide, commit: how every event reaches a run. A conflict means somebody was quicker: read and decide again. */
import { isTerminal } from '@carya/contracts'
import { decide, type Decision, type RunEvent } from '../domain/run.ts'
import { render } from '../domain/messages.ts'
import type { RunRecord } from '../domain/record.ts'
import type { Patience } from '../domain/retry.ts'
import type { Clock, Mending, Orders, RunStore } from '../ports.ts'

export type ChangeRunParts = {
  runs: RunStore
  orders: Orders
  clock: Clock
  installation: string
  /** a run of this pool may be fed now: it has come into the line, or room was freed (at this worker) */
  poke: (pool: string, freed?: string) => void
  /** a run has come back into its line */
  cameBack: (run: RunRecord) => void
  /** a job was taken: whose room it takes is known now */
  taken: (pool: string) => void
  /** a job from the pool's queue was declined */
  declined: (pool: string) => void
  /** something is due for a run at this time */
  wakeAt: (time: string) => void
  patience: Patience
  /** a member of this ensemble has ended */
  memberEnded: (ensemble: string) => void
}

/** `mending`: what this mends, if it changes anything. */
export type ChangeRun = (id: string, event: RunEvent, mending?: Mending) => Promise<Decision | 'unknown'>

export function changeRun(parts: ChangeRunParts): ChangeRun {
  const {
    runs,
    orders,
    clock,
    installation,
    poke,
    cameBack,
    taken,
    declined,
    wakeAt,
    patience,
    memberEnded,
  } = parts
  return async (id, event, mending) => {
    // what this process committed last is usually still so; a refusal or a conflict is decided on what really stands
    let before = runs.lastKnown(id)
    for (let isFresh = before === undefined; ; isFresh = true) {
      if (isFresh) before = await runs.read(id)
      if (!before) return 'unknown'
      const decision = decide(before, event, clock.iso(), Math.random(), patience)
      if ('refused' in decision) {
        if (!isFresh) continue
        // an order that no commit carries: who asked again is answered again
        for (const effect of decision.effects)
          if (effect.kind === 'order') orders.send(effect.worker, [effect.order])
        return decision
      }
      const out = render(decision.run, decision.effects, installation, clock.iso())
      if ((await runs.change(before, decision.run, out, mending)) === 'conflict') continue
      tell(before, decision.run)
      return decision
    }
  }

  function tell(before: RunRecord, after: RunRecord): void {
    if (after.state === 'pending' && after.notBefore !== undefined) wakeAt(after.notBefore)
    const cameIntoLine =
      after.state === 'pending' && (before.state !== 'pending' || before.notBefore !== after.notBefore)
    const freed = before.state === 'running' && after.state !== 'running'
    const isDeclined = (after.declined?.length ?? 0) > (before.declined?.length ?? 0)
    if (isDeclined && before.attempts.at(-1)?.placed === undefined) declined(after.pool)
    if (cameIntoLine) cameBack(after)
    if (cameIntoLine || isTerminal(after.state))
      poke(after.pool, freed ? before.attempts.at(-1)?.worker : undefined)
    if (before.state === 'queued' && after.state === 'running') taken(after.pool)
    if (after.ensemble !== undefined && isTerminal(after.state)) memberEnded(after.ensemble)
  }
}
