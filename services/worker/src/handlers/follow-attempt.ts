/**
 * Follows a model that lives longer than a moment: what it says (for progress, and for those who watch), and what it
 * uses. Most short runs are over before, and cost nothing of this.
 */
import { readProgress } from '../domain/progress.ts'
import type { Clock, Containers, Logs } from '../ports.ts'
import type { Held } from './held.ts'

export type FollowParts = {
  containers: Pick<Containers, 'usage'>
  logs: Pick<Logs, 'follow'>
  clock: Pick<Clock, 'after'>
}
/** Begins to follow; the function returned ends it. */
export type Follow = (held: Held) => () => void

const BEGIN_SECONDS = 1
const USAGE_SECONDS = 5

export function followAttempt({ containers, logs, clock }: FollowParts): Follow {
  return (held) => {
    const { container = '' } = held
    let isOver = false
    let cancel: () => void
    // the next one only when this one was answered: while the engine is away none pile up
    const sample = () => {
      cancel = clock.after(USAGE_SECONDS, () => {
        void containers
          .usage(container)
          .then(
            (now) => merge(held, now),
            () => {},
          )
          .finally(() => isOver || sample())
      })
    }
    cancel = clock.after(BEGIN_SECONDS, () => {
      held.live = logs.follow(container, held.place.log, (text) => {
        held.progress = readProgress(held.progress, text)
      })
      sample()
    })
    return () => {
      isOver = true
      cancel()
    }
  }
}

function merge(held: Held, now: Held['usage']): void {
  if (!now) return
  const most = Math.max(now.maxMemoryBytes, held.usage?.maxMemoryBytes ?? 0)
  held.usage = { cpuSeconds: now.cpuSeconds, maxMemoryBytes: most }
}
