/** How far an ensemble is, in four lines at any size. */
import type { EnsembleState, FailureGroup, MemberCounts } from '@carya/contracts'
import { shortId } from '../client/find-run.ts'
import { bar } from '../terminal/progress.ts'
import { durationText } from '../terminal/text.ts'
import { rateText, timeLeft } from './pace.ts'
import type { Slots } from './slots.ts'

export type Progress = {
  id: string
  state: EnsembleState
  members: MemberCounts
  failures: readonly FailureGroup[]
  /** Members a second. */
  rate?: number | undefined
  slots?: Slots | undefined
  /** What is wrong with the connection. */
  trouble?: string | undefined
  /** Milliseconds since it was watched. */
  watched: number
}

/** Counts with a comma between thousands. */
export const grouped = (n: number): string => n.toLocaleString('en-GB')

/** `1 member`, `1,000 members` */
export const membersOf = (n: number): string => `${grouped(n)} member${n === 1 ? '' : 's'}`

/** Members that have ended, however. */
export function endedOf({ succeeded, failed, cancelled }: MemberCounts): number {
  return succeeded + failed + cancelled
}

/** The share of members that have ended, 0…1; undefined while their number is not known. */
export function shareOf(members: MemberCounts): number | undefined {
  const { total } = members
  if (total === undefined) return undefined
  return total === 0 ? 1 : endedOf(members) / total
}

/** The four lines: a bar; counts, rate and time left; failures by kind; slots. Each is at most so many columns. */
export function progressLines(progress: Progress, columns: number): string[] {
  const { id, state, trouble, watched } = progress
  const share = shareOf(progress.members)
  return [
    `${shortId(id)}  ${share === undefined ? '' : `${bar(share, 24)}  `}${state}, ${durationText(watched)}`,
    `  ${countsText(progress)}`,
    failuresLine(progress.failures, columns),
    trouble === undefined
      ? slotsLine(progress.slots)
      : `  the service is not reached, trying again: ${trouble}`,
  ]
}

/** `450 of 1,000 done, 8 running, 3 failed, 1.2/s, ≈ 7 min left` */
export function countsText({ state, members, rate }: Progress): string {
  const { total, running, failed } = members
  const ended = endedOf(members)
  if (total === undefined) return 'its table is being read'
  const left = state === 'running' && ended < total ? timeLeft(total - ended, rate) : undefined
  return [
    `${grouped(ended)} of ${grouped(total)} done`,
    `${grouped(running)} running`,
    `${grouped(failed)} failed`,
    state === 'running' && rate !== undefined ? rateText(rate) : '',
    left === undefined ? '' : `≈ ${durationText(Math.max(1000, left))} left`,
  ]
    .filter(Boolean)
    .join(', ')
}

/** The kinds that fit, most first, each with one of its members; how many more there are is said. */
function failuresLine(failures: readonly FailureGroup[], columns: number): string {
  if (failures.length === 0) return '  no failures'
  const words = failures.map(({ kind, count, example }) => `${grouped(count)} ${kind} (${shortId(example)})`)
  for (let shown = words.length; shown > 1; shown -= 1) {
    const more = words.length - shown
    const line = `  failed: ${words.slice(0, shown).join(', ')}${more === 0 ? '' : `, ${more} more`}`
    if (line.length <= columns) return line
  }
  const more = words.length - 1
  return `  failed: ${words[0]}${more === 0 ? '' : `, ${more} more`}`
}

function slotsLine(slots: Slots | undefined): string {
  if (slots === undefined) return '  slots: not known'
  const { used, total, workers } = slots
  if (workers === 0) return '  slots: no worker is there'
  return `  slots: ${grouped(used)} of ${grouped(total)} in use on ${workers} worker${workers === 1 ? '' : 's'}`
}
