/**
 * Which run is next: start-time fair queueing (Goyal, Vin and Cheng 1997, IEEE/ACM Transactions on Networking 5,
 * 690–704) on two levels. In a pool the submitters share equally; within a submitter's share his lines share by
 * weight, each step of priority doubling it. An ensemble is a line; so are single runs of one priority. Within a line:
 * first come, first served; of an ensemble what is tried again goes before what has never run.
 *
 * Each share and each line has a virtual time, which advances by cost/weight when it is served; the lowest is
 * served next. A run that comes back because no worker took it up has been paid for: it goes out again at no cost,
 * until it has been declined so often that others would wait for it. Who comes (back) into the line starts at the
 * virtual time of the one being served (of shares the pool's clock, of lines their share's), so that having been away
 * earns no credit, and nobody can be starved by somebody newly come. Of lines that are level one of single runs goes
 * first: a run behind a large ensemble of the same submitter is the next.
 *
 * A run whose turn has come and that finds no room (`placement.ts`) is passed by; it reserves a worker, one for each
 * submitter. If others went out behind it, its turn is kept: the next round asks for it before all others, until it
 * has gone out.
 */
import type { Room, Verdict, Waiting } from './placement.ts'

export type { Cost } from './depth.ts'

/** `name`: an ensemble's id, or the priority of single runs. */
export type Line = { name: string; priority: number; virtual: number; head: Waiting[] }
/** `clock`: the virtual time at which one of its lines was served last. */
export type Share = { submitter: string; virtual: number; clock: number; lines: Line[] }

export type Pick = { run: string; submitter: string; line: string; verdict: Verdict }
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
type ShareState = Omit<Share, 'lines'> & { lines: LineState[]; hasReserved: boolean }

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
    clock: share.clock,
    lines: share.lines
      .map((line) => ({ ...line, virtual: Math.max(line.virtual, share.clock), next: 0 }))
      .toSorted((one, other) => Number(isEnsemble(one)) - Number(isEnsemble(other))),
    hasReserved: false,
  }))
  const picks: Pick[] = []
  const passed: (Passed & { before: number })[] = []
  const looked = new Set<string>()
  let clock = virtual

  function lookAt(share: ShareState, line: LineState, waiting: Waiting): void {
    const { run, isPaid } = waiting
    const cost = isPaid ? 0 : waiting.cost.cpus
    looked.add(run)
    const verdict = room.offer(waiting, !share.hasReserved)
    if (!verdict.taken) {
      if (verdict.why === 'reserved') share.hasReserved = true
      passed.push({ run, verdict, before: picks.length })
      return
    }
    share.clock = Math.max(share.clock, line.virtual)
    line.virtual += cost / weightOf(line.priority)
    clock = Math.max(clock, share.virtual)
    share.virtual += cost
    picks.push({ run, submitter: share.submitter, line: line.name, verdict })
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
    shares: state.map(({ submitter, virtual: time, clock: served, lines }) => ({
      submitter,
      virtual: time,
      clock: served,
      lines: lines.map(({ name, priority, virtual: at, head }) => ({
        name,
        priority,
        virtual: at,
        head: head.filter((each) => !out.has(each.run)),
      })),
    })),
    end,
  }
}

/** Names of ensembles' lines are their ids. */
export function isEnsemble({ name }: { name: string }): boolean {
  return name.startsWith('e')
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
/** Whether no live worker can ever hold it. */
export const isNever = (verdict: Verdict): boolean => !verdict.taken && verdict.why === 'never'

function lowest<T extends { virtual: number }>(
  items: readonly T[],
  counts: (item: T) => boolean,
): T | undefined {
  let least: T | undefined
  for (const item of items) if ((!least || item.virtual < least.virtual) && counts(item)) least = item
  return least
}
