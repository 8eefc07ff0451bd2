/**
 * Where a run may go: which live workers could hold it, which has room for it now, and whether it matters which of
 * them takes it. Who is asked for first is decided in `fair-share.ts`.
 *
 * - A run goes out when a worker has room for it, or, where all workers are full, into a small buffer that waits in
 *   the pool's queue. So a job that fits nowhere is never sent, to be declined and sent again (H10).
 * - It goes to the pool's queue if whoever takes jobs now could take it, else to the chosen worker's own queue.
 * - One that an empty worker could hold, and none has room for, reserves the worker that is nearest to having it:
 *   nothing else is sent there, so its room only grows, and small runs cannot overtake a large one for ever.
 * - A host that failed a run gets it again only if no other could ever hold it. One that declined it gets it again
 *   when something has changed there. One whose policy does not allow what its model asks never gets it.
 */
import { milliseconds, type PolicyTold } from '@carya/contracts'
import { allowanceOf, asksOf, refusedAt, type Ask } from './allowance.ts'
import { costOf, type RunRecord } from './record.ts'
import { bufferOf, fits, isFull, less, partOf, together, type Cost } from './depth.ts'

/**
 * A run with a job in a queue, or granted: what it takes of whose room. `on` is the owner of a running one, and of a
 * queued one the worker that it was placed on; absent where any worker of the pool may take it.
 */
export type OutRun = Cost & { run: string; at: string; on?: string }

/** A live worker. Times in milliseconds of the dispatcher's clock. */
export type Host = {
  worker: string
  size: Cost
  /** what it said last is free, and when it was heard */
  room: Cost
  heardAt: number
  /** when a run was last seen to end there */
  freedAt: number
  /** what it allows models beyond the isolation that all have */
  policy?: PolicyTold | undefined
}

export type Decline = { worker: string; at: string; reason: string }

/** What the feed must know of a run that waits. */
export type Waiting = {
  run: string
  cost: Cost
  /** workers whose faults it has met */
  faults: readonly string[]
  /** who declined it since it was last granted, latest last */
  declined: readonly Decline[]
  /** its share was charged for an attempt that nobody took up */
  isPaid?: true | undefined
  /** beyond the isolation that all have; absent for most */
  asks?: readonly Ask[] | undefined
}

export type Verdict =
  /** `host`: in whose room it is counted, absent for the buffer; `chosen`: no other may take it */
  | { taken: true; host?: string; chosen: boolean }
  /** `never`: no live worker is large enough, or allows it; `reserved`: `host` is kept for it; `full`: no room now */
  | { taken: false; why: 'never' | 'full' }
  | { taken: false; why: 'reserved'; host: string }

/** The room of a pool as one round of the feed uses it up. */
export type Room = {
  /** Takes room for a run, if there is; `mayReserve`: or else keeps a worker for it. */
  offer(waiting: Waiting, mayReserve: boolean): Verdict
  /** Whether nothing more can be taken. */
  isFull(): boolean
  /** Workers with room that is kept for a run. */
  kept(): string[]
  /** What is free at each worker, as far as is known. */
  free(): { worker: string; free: Cost; isReserved: boolean }[]
}

/** A waiting run as the feed sees it. */
export function waitingOf(run: RunRecord): Waiting {
  const asks = asksOf(run)
  return {
    run: run.id,
    cost: costOf(run),
    faults: run.hostFaults,
    declined: run.declined ?? [],
    ...(run.isPaid ? { isPaid: true } : {}),
    ...(asks.length > 0 ? { asks } : {}),
  }
}

type Vacancy = { host: Host; free: Cost; isReserved: boolean }

/** Reports of a worker may overtake one another by so much. */
const REORDERED_MS = 1000

/** `buffers`: whether jobs may wait in the pool's queue while all workers are full. */
export function roomOf(
  hosts: readonly Host[],
  out: { queued: readonly OutRun[]; running: readonly OutRun[] },
  buffers = true,
): Room {
  // by name: of workers that are alike the same one is reserved in every round
  const vacancies = hosts
    .toSorted((a, b) => (a.worker < b.worker ? -1 : 1))
    .map((host): Vacancy => ({ host, free: host.size, isReserved: false }))
  const byName = new Map(vacancies.map((each) => [each.host.worker, each]))
  const isAllowed = allowanceOf(hosts)
  const sizes = hosts.map((host) => host.size)
  let buffer = buffers ? bufferOf(sizes) : { cpus: 0, memory: 0, disk: 0 }
  /** all that may still go out, wherever it is counted */
  let left = sizes.reduce(together, buffer)
  const anywhere: OutRun[] = []
  for (const run of [...out.running, ...out.queued]) {
    const on = run.on === undefined ? undefined : byName.get(run.on)
    if (on) on.free = less(on.free, run)
    else if (run.on === undefined) anywhere.push(run)
    if (on || run.on === undefined) left = less(left, run)
  }
  // who will take these is not known: they are counted where there is most room
  for (const run of anywhere) {
    const vacancy = roomiest(vacancies.filter((each) => fits(each.free, run)))
    if (vacancy) vacancy.free = less(vacancy.free, run)
    else buffer = less(buffer, run)
  }
  /** costs that found no room: there will not be more of it in this round */
  const missed = new Set<string>()

  function offer(waiting: Waiting, mayReserve: boolean): Verdict {
    const { cost, asks } = waiting
    const allowing = asks ? vacancies.filter(({ host }) => isAllowed(host.worker, asks)) : vacancies
    const candidates = candidatesFor(allowing, waiting)
    if (candidates.length === 0) return { taken: false, why: 'never' }
    const isPlain = waiting.faults.length === 0 && waiting.declined.length === 0 && !asks
    const kind = `${cost.cpus} ${cost.memory} ${cost.disk}`
    if (fits(left, cost) && (!isPlain || !missed.has(kind))) {
      const found = roomiest(
        candidates.filter((each) => !each.isReserved && fits(each.free, cost) && !isWary(waiting, each.host)),
      )
      if (found) {
        const chosen =
          candidates.length < vacancies.length ||
          vacancies.some((each) => couldTakeWrongly(each, waiting) || each.isReserved)
        found.free = less(found.free, cost)
        left = less(left, cost)
        return { taken: true, host: found.host.worker, chosen }
      }
      if (isPlain && candidates.length === vacancies.length && isBuffering() && fits(buffer, cost)) {
        buffer = less(buffer, cost)
        left = less(left, cost)
        return { taken: true, chosen: false }
      }
      if (isPlain) missed.add(kind)
    }
    const nearest = mayReserve ? nearestTo(candidates, cost) : undefined
    if (!nearest) return { taken: false, why: 'full' }
    nearest.isReserved = true
    return { taken: false, why: 'reserved', host: nearest.host.worker }
  }

  /** A job in the buffer goes to whoever has room first: nobody with too little must see it, nor one that is reserved. */
  function isBuffering(): boolean {
    return !isFull(buffer) && vacancies.every((each) => isFull(each.free) && !each.isReserved)
  }

  return {
    offer,
    isFull: () =>
      isFull(left) || (vacancies.every((each) => each.isReserved || isFull(each.free)) && !isBuffering()),
    kept: () =>
      vacancies.filter((each) => each.isReserved && !isFull(each.free)).map((each) => each.host.worker),
    free: () => vacancies.map(({ host, free, isReserved }) => ({ worker: host.worker, free, isReserved })),
  }
}

/** Room for all that any of these workers could hold: by it the order shows in which runs would go out. */
export function boundless(hosts: readonly Host[]): Room {
  return {
    offer: ({ cost, asks }) =>
      hosts.some((host) => fits(host.size, cost) && refusedAt(host, asks).length === 0)
        ? { taken: true, chosen: false }
        : { taken: false, why: 'never' },
    isFull: () => false,
    kept: () => [],
    free: () => [],
  }
}

/** Runs whose job waits in the own queue of a worker that takes none: another may take them. */
export function stranded(queued: readonly OutRun[], live: ReadonlySet<string>): OutRun[] {
  return queued.filter(({ on }) => on !== undefined && !live.has(on))
}

/** Whose own queue the job of a run that was taken goes to; undefined: the pool's. */
export function placedOn(verdict: Verdict, room: Room): string | undefined {
  if (!verdict.taken || verdict.host === undefined) return undefined
  // one that was reserved only later in the round must not take what was meant for another
  return verdict.chosen || room.kept().length > 0 ? verdict.host : undefined
}

/** Live workers that could hold the run were they empty; those that failed it only if there are no others. */
function candidatesFor(vacancies: readonly Vacancy[], { cost, faults }: Waiting): readonly Vacancy[] {
  const holding = vacancies.every((each) => fits(each.host.size, cost))
    ? vacancies
    : vacancies.filter((each) => fits(each.host.size, cost))
  if (faults.length === 0) return holding
  const others = holding.filter((each) => !faults.includes(each.host.worker))
  return others.length > 0 ? others : holding
}

/** Whether a worker that takes jobs now would have to decline this one, or had better not get it. */
function couldTakeWrongly({ host, free }: Vacancy, waiting: Waiting): boolean {
  return !isFull(free) && (!fits(free, waiting.cost) || isWary(waiting, host))
}

/** Whether the worker declined the run, and nothing that we know of has changed there since. */
export function isWary({ cost, declined }: Pick<Waiting, 'cost' | 'declined'>, host: Host): boolean {
  const last = declined.findLast((each) => each.worker === host.worker)
  if (!last) return false
  const at = milliseconds(last.at)
  return host.freedAt < at - REORDERED_MS && !(host.heardAt > at && fits(host.room, cost))
}

function roomiest(vacancies: readonly Vacancy[]): Vacancy | undefined {
  let most: Vacancy | undefined
  for (const each of vacancies)
    if (
      !most ||
      each.free.cpus > most.free.cpus ||
      (each.free.cpus === most.free.cpus && each.free.memory > most.free.memory)
    )
      most = each
  return most
}

/** The worker with the largest part of the needed room free, of those not reserved yet. */
function nearestTo(candidates: readonly Vacancy[], cost: Cost): Vacancy | undefined {
  const part = ({ free }: Vacancy) => partOf(free, cost)
  let nearest: Vacancy | undefined
  for (const each of candidates)
    if (!each.isReserved && (!nearest || part(each) > part(nearest))) nearest = each
  return nearest
}
