/**
 * How much an attempt may write into its outputs, whether it has written more, and when to look again: seldom while
 * there is much room, so that looking costs next to nothing, and at once where it could be full.
 */
import { formatSize } from '@carya/contracts'

/** `isAsked`: by the run itself; else it is the most that the host allows any of them. */
export type OutputsLimit = { bytes: number; isAsked: boolean }

export type Look = {
  bytes: number
  /** so many entries, where there are more than are looked at */
  crowd?: number | undefined
  /** a folder that nobody may read, or see what lies in it */
  hidden?: string | undefined
  /** when it was looked, and how long that took, both in seconds */
  at: number
  took: number
}

const SOONEST_SECONDS = 1
const LATEST_SECONDS = 10
/** Of the time, so large a share is spent on looking; more where it takes so long that much could come meanwhile. */
const LOOKING = 0.05
const MOST_APART_SECONDS = 30

/** `most`: of runs that ask nothing, bytes. */
export function outputsLimit(asked: number | undefined, most: number): OutputsLimit {
  return asked === undefined ? { bytes: most, isAsked: false } : { bytes: asked, isAsked: true }
}

/** Why it is too much; undefined where it is not. */
export function tooMuch(
  { bytes: most, isAsked }: OutputsLimit,
  look: Pick<Look, 'bytes' | 'crowd' | 'hidden'>,
) {
  if (look.hidden !== undefined)
    return `made a folder that nobody may look into, ${look.hidden.slice(0, 100)}: what it writes has a limit`
  if (look.crowd !== undefined)
    return `made more than ${look.crowd} files and folders, which nobody can look at: what it writes has a limit`
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
  const cheap = Math.min(MOST_APART_SECONDS, now.took / LOOKING)
  return Math.max(SOONEST_SECONDS, cheap, Math.min(LATEST_SECONDS, untilFull / 2))
}
