/**
 * Which run is next: start-time fair queueing (Goyal, Vin and Cheng 1997, IEEE/ACM Transactions on Networking 5,
 * 690–704) on two levels. In a pool the submitters share equally; within a submitter's share his lines (one for
 * each priority) share by weight, each step of priority doubling it; within a line, first come, first served.
 *
 * Each share and each line has a virtual time, which advances by cost/weight when it is served; the lowest is
 * served next. Who comes (back) into the line starts at the virtual time of the one being served, so that having
 * been away earns no credit, and nobody can be starved by somebody newly come.
 */
export type Cost = { cpus: number; memory: number }

export type Waiting = { run: string; cost: Cost }
export type Line = { priority: number; virtual: number; head: Waiting[] }
export type Share = { submitter: string; virtual: number; lines: Line[] }

export type Pick = { run: string; submitter: string; priority: number }
export type Picked = { picks: Pick[]; virtual: number; shares: Share[] }

/** Weight of a priority: each step doubles the share. */
export const weightOf = (priority: number): number => 2 ** priority

/**
 * Takes runs from the heads of the lines while they fit. `virtual` is the pool's virtual time. Returns what was
 * picked, in order, and the shares and lines as they stand afterwards. A run that does not fit into what is left
 * ends the round (a small one must not overtake a large one for ever); one that no worker could hold is passed by.
 */
export function chooseNext(
  shares: readonly Share[],
  virtual: number,
  room: Cost,
  holds: (cost: Cost) => boolean,
  most: number,
): Picked {
  const state = shares.map((share) => ({
    ...share,
    virtual: Math.max(share.virtual, virtual),
    lines: lifted(share.lines).map((line) => ({
      ...line,
      head: line.head.filter((each) => holds(each.cost)),
    })),
  }))
  const picks: Pick[] = []
  const left = { ...room }
  let clock = virtual
  while (picks.length < most) {
    const share = lowest(state.filter((each) => each.lines.some((line) => line.head.length > 0)))
    if (!share) break
    const line = lowest(share.lines.filter((each) => each.head.length > 0))!
    const first = line.head[0]!
    if (first.cost.cpus > left.cpus || first.cost.memory > left.memory) break
    line.head.shift()
    left.cpus -= first.cost.cpus
    left.memory -= first.cost.memory
    line.virtual += first.cost.cpus / weightOf(line.priority)
    clock = share.virtual
    share.virtual += first.cost.cpus
    picks.push({ run: first.run, submitter: share.submitter, priority: line.priority })
  }
  return { picks, virtual: clock, shares: state }
}

/** A line that is new (its time is 0) starts where the share's other lines are, not before them. */
function lifted(lines: readonly Line[]): Line[] {
  const times = lines.map((line) => line.virtual).filter((time) => time > 0)
  const start = times.length > 0 ? Math.min(...times) : 0
  return lines.map((line) => ({ ...line, virtual: Math.max(line.virtual, start) }))
}

function lowest<T extends { virtual: number }>(items: readonly T[]): T | undefined {
  let least: T | undefined
  for (const item of items) if (!least || item.virtual < least.virtual) least = item
  return least
}
