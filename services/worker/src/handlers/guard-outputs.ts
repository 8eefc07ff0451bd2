/**
 * Guards the disk: looks now and then at how much a running attempt has written, and tells where it is more than it
 * may. When to look is decided in domain/outputs-limit.ts. While the store does not answer nothing is known, and
 * nobody is stopped.
 */
import { nextLook, outputsLimit, tooMuch, type Look, type OutputsLimit } from '../domain/outputs-limit.ts'
import type { Clock, Outputs } from '../ports.ts'
import type { Held } from './held.ts'

export type GuardParts = {
  outputs: Pick<Outputs, 'measure'>
  clock: Pick<Clock, 'after'>
  /** what a run that asks nothing may write, bytes */
  mostOutputs: number
}
export type Guard = {
  limit(held: Held): OutputsLimit
  /** Begins to guard; the function returned ends it. `onTooMuch` is called once, with why it is. */
  watch(held: Held, onTooMuch: (why: string) => void): () => void
}

/** Most runs are over before. */
const FIRST_SECONDS = 2
const AGAIN_SECONDS = 10

export function guardOutputs({ outputs, clock, mostOutputs }: GuardParts): Guard {
  const limitOf = (held: Held): OutputsLimit => outputsLimit(held.room.disk, mostOutputs)
  return {
    limit: limitOf,
    watch(held, onTooMuch) {
      const limit = limitOf(held)
      let isOver = false
      let last: Look | undefined
      let cancel = () => {}
      const later = (seconds: number): void => {
        cancel = clock.after(seconds, () => void look())
      }
      const look = async (): Promise<void> => {
        const at = performance.now() / 1000
        const measured = await outputs.measure(held.place.folder)
        if (isOver) return
        if (!measured) return later(AGAIN_SECONDS)
        const { bytes, crowd, hidden } = measured
        const now: Look = { bytes, crowd, hidden, at, took: performance.now() / 1000 - at }
        const why = tooMuch(limit, now)
        if (why !== undefined) return onTooMuch(why)
        later(nextLook(limit, last, now))
        last = now
      }
      later(FIRST_SECONDS)
      return () => {
        isOver = true
        cancel()
      }
    },
  }
}
