/** Load, decide, commit: how every event reaches a run. A conflict means somebody was quicker: read and decide again. */
import { decide, type Decision, type RunEvent } from '../domain/run.ts'
import { render } from '../domain/messages.ts'
import type { RunRecord } from '../domain/record.ts'
import type { Clock, Orders, RunStore } from '../ports.ts'

export type ChangeRunParts = {
  runs: RunStore
  orders: Orders
  clock: Clock
  installation: string
  /** a run of this pool may be fed now: it has come into the line, or room was freed */
  poke: (pool: string) => void
  /** a run must be put into the line at this time */
  wakeAt: (time: string) => void
}

export type ChangeRun = (id: string, event: RunEvent) => Promise<Decision | 'unknown'>

export function changeRun(parts: ChangeRunParts): ChangeRun {
  const { runs, orders, clock, installation, poke, wakeAt } = parts
  return async (id, event) => {
    for (;;) {
      const before = await runs.read(id)
      if (!before) return 'unknown'
      const decision = decide(before, event, clock.iso(), Math.random())
      const out = 'run' in decision ? render(decision.run, decision.effects, installation, clock.iso()) : []
      if ('run' in decision && (await runs.change(before, decision.run, out)) === 'conflict') continue
      if ('run' in decision) tell(before, decision.run)
      // an order that no commit carries: who asked again is answered again
      else
        for (const effect of decision.effects)
          if (effect.kind === 'order') orders.send(effect.worker, [effect.order])
      return decision
    }
  }

  function tell(before: RunRecord, after: RunRecord): void {
    const waits = after.state === 'pending' && after.notBefore !== undefined
    if (waits) wakeAt(after.notBefore!)
    else if (before.state !== after.state || before.notBefore !== after.notBefore) poke(after.pool)
  }
}
