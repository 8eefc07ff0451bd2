/**
 * How much an attempt may write into its outputs, whether it has written more, and when to look again: seldom while
 * there is much room, so that looking costs next to nothing, and at once where it could be full.
 */
import { formatSize } from '@carya/contracts'

/** `isAsked`: by the run itself; else it is the most that the host allows any of them. */
export type OutputsLimit = { bytes: number; isAsked: boolean }

export type Look = {
  bytes: number
  /** a folder that nobody may read */
  hidden?: string | undefined
  /** when it was looked, and how long that took, both in seconds */
  at: number
  took: number
}

const SOONEST_SECONDS = 1
const LATEST_SECONDS = 10
/** Of the time, at most so large a share is spent on looking. */
const LOOKING = 0.05

/** `most`: of runs that ask nothing, bytes. */
export function outputsLimit(asked: number | undefined, most: number): OutputsLimit {
  return asked === undefined ? { bytes: most, isAsked: false } : { bytes: asked, isAsked: true }
}

/** Why it is too much; undefined where it is not. */
export function tooMuch({ bytes: most, isAsked }: OutputsLimit, look: Pick<Look, 'bytes' | 'hidden'>) {
  if (look.hidden !== undefined)
    return `made a folder that nobody may look into, ${look.hidden.slice(0, 100)}: what it writes has a limit`
  if (look.bytes <= most) return undefined
  const isClose = formatSize(look.bytes) === formatSize(most)
  const [written, allowed] = [look.bytes, most].map((bytes) =>
    isClose ? `${bytes} bytes` : formatSize(bytes),
  )
  return `wrote ${written}, ${isAsked ? `${allowed} was asked` : `${allowed} is the most on its host`}`
}

/** Seconds until the next look: half of the time that it takes to be full, at the pace since the last one. */
export function nextLook({ bytes: most }: OutputsLimit, last: Look | undefined, now: Look): number {
  const pace = last && now.at > last.at ? (now.bytes - last.bytes) / (now.at - last.at) : now.bytes
  const untilFull = pace > 0 ? (most - now.bytes) / pace : Infinity
  const cheap = now.took / LOOKING
  return Math.max(SOONEST_SECONDS, cheap, Math.min(LATEST_SECONDS, untilFull / 2))
}
