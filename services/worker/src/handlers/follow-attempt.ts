/**
 * Follows a model that lives longer than a moment: what it says (for progress, and for those who watch), and what it
 * uses. Most short runs are over before, and cost nothing of this.
 */
import { limits, type Heartbeat } from '@carya/contracts'
import { readProgress } from '../domain/progress.ts'
import type { Clock, Containers, Logs } from '../ports.ts'
import type { Held, Holdings } from './held.ts'

export type FollowParts = { containers: Containers; logs: Logs; clock: Clock }
/** Begins to follow; the function returned ends it. */
export type Follow = (held: Held) => () => void

const BEGIN_SECONDS = 1
const USAGE_SECONDS = 5
const TAIL_MS = 30_000

export function followAttempt({ containers, logs, clock }: FollowParts): Follow {
  return (held) => {
    const { container = '' } = held
    let cancel: () => void
    const sample = () => {
      cancel = clock.after(USAGE_SECONDS, () => {
        void containers.usage(container).then(
          (now) => merge(held, now),
          () => {},
        )
        sample()
      })
    }
    cancel = clock.after(BEGIN_SECONDS, () => {
      held.live = logs.follow(container, held.place.log, (text) => {
        held.progress = readProgress(held.progress, text)
      })
      sample()
    })
    return () => cancel()
  }
}

function merge(held: Held, now: Held['usage']): void {
  if (!now) return
  const most = Math.max(now.maxMemoryBytes, held.usage?.maxMemoryBytes ?? 0)
  held.usage = { cpuSeconds: now.cpuSeconds, maxMemoryBytes: most }
}

/** Has log lines from this byte on sent with the heartbeats, for 30 s. Asked again, it goes on where it was. */
export function tailAttempt(held: Held, from: number, now: number): void {
  held.tail = {
    from: held.tail && held.tail.until > now ? Math.min(from, held.tail.from) : from,
    until: now + TAIL_MS,
  }
}

/** Whether anybody watches any of the logs. */
export function isTailing(holdings: Holdings, now: number): boolean {
  return holdings.all().some(({ tail }) => tail !== undefined && tail.until > now)
}

/** The log lines that are due, 64 KiB of them at most. */
export async function tailLines(holdings: Holdings, now: number): Promise<NonNullable<Heartbeat['logs']>> {
  const chunks: NonNullable<Heartbeat['logs']> = []
  let left = limits.tailBytes
  for (const { tail, live, token } of holdings.all()) {
    if (!tail || tail.until <= now || !live || left <= 0 || tail.isReading) continue
    tail.isReading = true
    const { text, bytes } = await live.read(tail.from, left).finally(() => (tail.isReading = false))
    if (bytes === 0) continue
    chunks.push({ ...token, from: tail.from, text })
    tail.from += bytes
    left -= bytes
  }
  return chunks
}
