/**
 * Whether the end of a container that nobody heard counts (H19): an engine that stops ends its containers, and so does
 * one that starts after it was killed; neither may be taken for the model's own end. It counts
 * - if the engine leaves containers alone when it stops, did so when this one was launched, and the host has not been
 *   booted since; or
 * - if the engine that lives now has lived through the end. It has if it still remembers something of before: the
 *   container's own start, or what was last heard from it before the gap, since one that is restarted has forgotten all.
 *   Or if it remembers the end itself: one that starts may also have brought that about, but says so by a signal, which
 *   it would remember too, as long as its memory reaches back from the end for longer than it waits after a signal.
 * Never after a signal that is meant to end it. And 255 is what engines say where they do not know the code: of one
 * whose shim died with nobody there.
 */
import type { Look } from '../ports.ts'
import { isEnding, type Event } from './events.ts'

export type Memory = {
  /** what the engine remembers, of all kinds, in order */
  events: readonly Event[]
  /** what was last heard of it before the container may have ended unheard */
  mark: Event | undefined
  /** it leaves this container alone when it stops, and did so all the time */
  leavesAlone: boolean
}

const UNKNOWN_CODE = 255
/** Longer than an engine waits after TERM, by default and by far: 10 s, and 15 s when it is itself being stopped. */
const MARGIN_NANOSECONDS = 20e9

export function isTrusted({ id, exitCode }: Look, { events, mark, leavesAlone }: Memory): boolean {
  const own = events.filter((event) => event.id === id)
  if (exitCode === UNKNOWN_CODE || own.some(isEnding)) return false
  if (leavesAlone || own.some(({ action }) => action === 'start')) return true
  if (mark && events.some((event) => event.id === mark.id && event.timeNano === mark.timeNano)) return true
  const oldest = events[0]?.timeNano ?? Infinity
  const end = own.findLast(({ action }) => action === 'die')?.timeNano ?? -Infinity
  return end - oldest > MARGIN_NANOSECONDS
}
