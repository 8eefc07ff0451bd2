/**
 * What follows from the ends of members: the ensemble's own end, rows on their way to the store, and how far it is for
 * those who watch. Members may end thousands a second, so each ensemble is looked at a few times a second at most.
 * Nothing hangs on any of these looks: the sweep looks at every ensemble that is open, and each is judged afresh.
 */
import type { Log } from '@carya/amqp'
import { isEnded } from '@carya/contracts'
import { isEnding, settle } from '../domain/ensemble.ts'
import { countsOf, type EnsembleRecord, type MemberFacts } from '../domain/ensemble-record.ts'
import type { EnsembleStore } from '../ensemble-ports.ts'
import type { Clock, Feed, Gate } from '../ports.ts'
import type { AnalyseEnsemble } from './analyse-ensemble.ts'
import type { ChangeEnsemble } from './change-ensemble.ts'
import type { ChangeRun } from './change-run.ts'
import { SEGMENT, type FlushRows } from './flush-rows.ts'

export type TendParts = {
  ensembles: Pick<EnsembleStore, 'members' | 'rowCount' | 'out' | 'open'>
  feed: Pick<Feed, 'add'>
  changeEnsemble: ChangeEnsemble
  change: ChangeRun
  flush: FlushRows
  analyse: AnalyseEnsemble
  check: (id: string) => void
  clock: Clock
  gate: Gate
  log: Log
}

export type Tender = {
  /** Something has happened to it, or to a member; returns at once. */
  touched(id: string): void
  /** Looks at all that are open. */
  all(): Promise<void>
  /** Ends all looks; what they would have found the next process finds. */
  [Symbol.asyncDispose](): Promise<void>
}

const LOOK_MS = 100
/** Rows wait for so long at most until they are moved, unless there are many. */
const FLUSH_MS = 5000
/** Members that are cancelled at once. */
const CANCELS = 32
/** Those that live are told so often at most: their workers say with each heartbeat what they hold. */
const WALK_MS = 2000

export function tendEnsembles(parts: TendParts): Tender {
  const { ensembles, feed, changeEnsemble, change, flush, analyse, check, clock, gate, log } = parts
  const timers = new Map<string, { timer: NodeJS.Timeout; at: number }>()
  const looking = new Map<string, Promise<void>>()
  const flushedAt = new Map<string, number>()
  const walkedAt = new Map<string, number>()
  const told = new Map<string, string>()
  /** what a store that is slow, or hangs, must not hold up the looks with */
  const moving = new Map<string, Promise<void>>()
  const analysing = new Map<string, Promise<void>>()
  let isOver = false

  async function look(id: string): Promise<void> {
    if (!gate.isOpen()) return
    const changed = await changeEnsemble(id, (now, facts, spec) =>
      settle(now, facts, spec.failure, clock.iso()),
    )
    if (changed === 'unknown') return forget(id)
    const record = 'after' in changed ? changed.after : changed.record
    await tell(record, changed.facts)
    if (record.state === 'checking') return check(id)
    if (isEnding(record)) await cancelMembers(id)
    if (!isEnded(record.state)) return aside(moving, id, moveRows)
    forget(id)
    if (record.results === 'none') aside(analysing, id, analyse)
  }

  /** Begins it unless it goes on. */
  function aside(flights: Map<string, Promise<void>>, id: string, work: (id: string) => Promise<void>): void {
    if (isOver || flights.has(id)) return
    const flight = work(id)
      .catch((err: unknown) => troubled(id, err))
      .finally(() => flights.delete(id))
    flights.set(id, flight)
  }

  /** Redis or the store is away: the sweep looks again. */
  function troubled(id: string, err: unknown): void {
    log.warn({ err, ensemble: id }, 'an ensemble could not be looked after, the sweep does it')
  }

  /** What still runs is stopped by its worker; when the last of them has ended the ensemble is looked at again. */
  async function cancelMembers(id: string): Promise<void> {
    if (performance.now() - (walkedAt.get(id) ?? -Infinity) < WALK_MS) return later(id, WALK_MS)
    walkedAt.set(id, performance.now())
    for await (const members of ensembles.members(id))
      for (let from = 0; from < members.length; from += CANCELS)
        await Promise.all(
          members.slice(from, from + CANCELS).map((member) => change(member, { type: 'cancel' })),
        )
  }

  async function moveRows(id: string): Promise<void> {
    const count = await ensembles.rowCount(id)
    if (count === 0) return
    const since = flushedAt.get(id) ?? clock.now()
    flushedAt.set(id, since)
    if (count < SEGMENT && clock.now() - since < FLUSH_MS) return later(id, FLUSH_MS)
    await flush(id)
    flushedAt.delete(id)
  }

  /** Only what is news: a look may have found nothing. */
  async function tell(record: EnsembleRecord, facts: MemberFacts): Promise<void> {
    const { id, state } = record
    const members = countsOf(record, facts, await ensembles.out(record))
    const item = { kind: 'ensemble' as const, id, state, members, failures: facts.failures }
    const text = JSON.stringify(item)
    if (told.get(id) === text) return
    told.set(id, text)
    await feed.add([item])
  }

  function forget(id: string): void {
    flushedAt.delete(id)
    walkedAt.delete(id)
    told.delete(id)
  }

  async function looked(id: string): Promise<void> {
    try {
      await look(id)
    } catch (err) {
      troubled(id, err)
    } finally {
      looking.delete(id)
    }
  }

  /** The soonest look that is asked for counts. */
  function later(id: string, ms: number): void {
    const at = performance.now() + ms
    const known = timers.get(id)
    if (isOver || (known && known.at <= at)) return
    clearTimeout(known?.timer)
    const timer = setTimeout(() => {
      timers.delete(id)
      if (looking.has(id)) later(id, LOOK_MS)
      else looking.set(id, looked(id))
    }, ms)
    timers.set(id, { timer, at })
  }

  return {
    touched: (id) => later(id, LOOK_MS),
    async all() {
      for (const id of await ensembles.open()) later(id, 0)
    },
    async [Symbol.asyncDispose]() {
      isOver = true
      for (const { timer } of timers.values()) clearTimeout(timer)
      timers.clear()
      await Promise.all(looking.values())
      await Promise.all([...moving.values(), ...analysing.values()])
    },
  }
}
