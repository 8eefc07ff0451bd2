/**
 * Which run is next: start-time fair queueing (Goyal, Vin and Cheng 1997, IEEE/ACM Transactions on Networking 5,
 * 690–704) on two levels. In a pool the submitters share equally; within a submitter's share his lines (one for
 * each priority) share by weight, each step of priority doubling it; within a line, first come, first served.
 *
 * Each share and each line has a virtual time, which advances by cost/weight when it is served; the lowest is
 * served next. Who comes (back) into the line starts at the virtual time of the one being served, so that having
 * been away earns no credit, and nobody can be starved by somebody newly come.
 *
 * A run whose turn has come and that finds no room (`placement.ts`) is passed by; it reserves a worker, one for each
 * submitter. If others went out behind it, its turn is kept: the next round asks for it before all others, until it
 * has gone out.
 */
import type { Room, Verdict, Waiting } from './placement.ts'

export type { Cost } from './depth.ts'

export type Line = { priority: number; virtual: number; head: Waiting[] }
export type Share = { submitter: string; virtual: number; lines: Line[] }

export type Pick = { run: string; submitter: string; priority: number; verdict: Verdict }
export type Passed = { run: string; verdict: Verdict }
export type Picked = {
  picks: Pick[]
  /** what was looked at and stays, with the reason */
  passed: Passed[]
  /** runs whose turn came and that were overtaken: to be asked for first in the next round */
  turns: string[]
  /** the pool's virtual time, and shares and lines as they stand afterwards */
  virtual: number
  shares: Share[]
  /** why the round ended: enough was picked, no room is left, or all that was read was looked at */
  end: 'most' | 'room' | 'seen'
}

/** Runs that one round feeds at most: they go out with one commit. */
export const ROUND = 64

/** Turns that are kept at most. */
const TURNS = 64

/** Weight of a priority: each step doubles the share. */
export const weightOf = (priority: number): number => 2 ** priority

type LineState = Line & { next: number }
type ShareState = { submitter: string; virtual: number; lines: LineState[]; hasReserved: boolean }

/**
 * Takes runs from the heads of the lines while there is room, `most` at most. `virtual` is the pool's virtual time,
 * `turns` what the last round left. Whether there is room is the business of `room`, which is used up.
 */
export function chooseNext(
  shares: readonly Share[],
  virtual: number,
  turns: readonly string[],
  room: Room,
  most: number,
): Picked {
  const state = shares.map((share): ShareState => ({
    submitter: share.submitter,
    virtual: Math.max(share.virtual, virtual),
    lines: lifted(share.lines).map((line) => ({ ...line, next: 0 })),
    hasReserved: false,
  }))
  const picks: Pick[] = []
  const passed: (Passed & { before: number })[] = []
  const looked = new Set<string>()
  let clock = virtual

  function lookAt(share: ShareState, line: LineState, waiting: Waiting): void {
    const { run, cost } = waiting
    looked.add(run)
    const verdict = room.offer(waiting, !share.hasReserved)
    if (!verdict.taken) {
      if (verdict.why === 'reserved') share.hasReserved = true
      passed.push({ run, verdict, before: picks.length })
      return
    }
    line.virtual += cost.cpus / weightOf(line.priority)
    clock = Math.max(clock, share.virtual)
    share.virtual += cost.cpus
    picks.push({ run, submitter: share.submitter, priority: line.priority, verdict })
  }

  for (const turn of turns) {
    const found = find(state, turn)
    if (found) lookAt(...found)
  }
  let end: Picked['end'] = 'most'
  while (picks.length < most) {
    if (room.isFull()) {
      end = 'room'
      break
    }
    const share = lowest(state, (each) => each.lines.some((line) => isLeft(line, looked)))
    if (!share) {
      end = 'seen'
      break
    }
    const line = lowest(share.lines, (each) => isLeft(each, looked))!
    lookAt(share, line, line.head[line.next]!)
  }
  const kept = new Set(turns)
  const out = new Set(picks.map((pick) => pick.run))
  return {
    picks,
    passed: passed.map(({ run, verdict }) => ({ run, verdict })),
    turns: passed
      .filter(({ run, verdict, before }) =>
        kept.has(run) ? !isNever(verdict) : isReserved(verdict) && before < picks.length,
      )
      .map(({ run }) => run)
      .slice(0, TURNS),
    virtual: clock,
    shares: state.map(({ submitter, virtual: time, lines }) => ({
      submitter,
      virtual: time,
      lines: lines.map(({ priority, virtual: served, head }) => ({
        priority,
        virtual: served,
        head: head.filter((each) => !out.has(each.run)),
      })),
    })),
    end,
  }
}

/** A line that is new (its time is 0) starts where the share's other lines are, not before them. */
function lifted(lines: readonly Line[]): Line[] {
  const times = lines.map((line) => line.virtual).filter((time) => time > 0)
  const start = times.length > 0 ? Math.min(...times) : 0
  return lines.map((line) => ({ ...line, virtual: Math.max(line.virtual, start) }))
}

function find(shares: readonly ShareState[], run: string): [ShareState, LineState, Waiting] | undefined {
  for (const share of shares)
    for (const line of share.lines) {
      const waiting = line.head.find((each) => each.run === run)
      if (waiting) return [share, line, waiting]
    }
  return undefined
}

/** Whether a line has a run that was not looked at; moves its mark to the first such. */
function isLeft(line: LineState, looked: ReadonlySet<string>): boolean {
  while (line.next < line.head.length && looked.has(line.head[line.next]!.run)) line.next += 1
  return line.next < line.head.length
}

const isReserved = (verdict: Verdict) => !verdict.taken && verdict.why === 'reserved'
const isNever = (verdict: Verdict) => !verdict.taken && verdict.why === 'never'

function lowest<T extends { virtual: number }>(
  items: readonly T[],
  counts: (item: T) => boolean,
): T | undefined {
  let least: T | undefined
  for (const item of items) if ((!least || item.virtual < least.virtual) && counts(item)) least = item
  return least
}
