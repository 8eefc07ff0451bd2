/**
 * Feeds a pool: reads its backlog, has `domain/` choose, commits the jobs. One round at a time for each pool in this
 * process; of two dispatchers that feed at once one meets a conflict and reads again. Nothing here decides who is
 * next (`domain/fair-share.ts`), how much may be out (`domain/depth.ts`) or where it goes (`domain/placement.ts`).
 */
import { newNonce } from '@carya/contracts'
import type { Log } from '@carya/amqp'
import { batchOf } from '../domain/batch.ts'
import { isFull } from '../domain/depth.ts'
import { chooseNext, ROUND } from '../domain/fair-share.ts'
import { render } from '../domain/messages.ts'
import { placedOn, roomOf, type Host } from '../domain/placement.ts'
import { decide } from '../domain/run.ts'
import type { Clock, Gate, PoolStore, WorkerStore } from '../ports.ts'

const SIZES_MS = 250
/**
 * A full worker lets a job wait at its door for a moment, and then declines it. Where runs last longer than that the
 * buffer would cost a decline for each of them and save nothing: after one it is not used for so long.
 */
const NO_BUFFER_MS = 2000
/** Of records that go out with one commit; their jobs take about as much. */
const ROUND_BYTES = 4 * 2 ** 20

export type FeedParts = {
  pools: PoolStore
  workers: Pick<WorkerStore, 'all'>
  clock: Clock
  installation: string
  log: Log
  /** nothing is fed while it is shut; who opens it pokes all pools */
  gate: Gate
}

export type Workers = Awaited<ReturnType<WorkerStore['all']>>

export type Feeder = {
  /** The pool's live workers, of these, as a round of this process would see them. */
  hosts(all: Workers, pool: string): Host[]
  /** Whether it lets jobs wait in the pool's queue. */
  buffers(pool: string): boolean
  /** Something may be fed now, perhaps because room was freed at a worker; returns at once. */
  poke(pool: string, freed?: string): void
  /** A job was taken from a queue: whose room it takes is known now. */
  taken(pool: string): void
  /** A job was declined. */
  declined(pool: string): void
  /** Workers have come, gone or changed: their sizes are read again. */
  workersChanged(pool: string): void
  /** All pools, for what no event told of. */
  pokeAll(): Promise<void>
  /** Waits for the rounds in hand. */
  idle(): Promise<void>
}

export function feedPools({ pools, workers, clock, installation, log, gate }: FeedParts): Feeder {
  const rounds = new Map<string, Promise<void>>()
  const again = new Set<string>()
  /** when room was last freed at a worker, as far as this process knows */
  const freedAt = new Map<string, number>()
  /** pools where room is left that none of the waiting runs fits into */
  const pieces = new Set<string>()

  let known: { at: number; workers: Promise<Workers> } | undefined
  /** Sizes change seldom, so they are read a few times a second at most, however often the feed runs. */
  function knownWorkers(): Promise<Workers> {
    if (!known || clock.now() - known.at > SIZES_MS) {
      const read = workers.all()
      read.catch(() => (known = undefined))
      known = { at: clock.now(), workers: read }
    }
    return known.workers
  }

  const declinedAt = new Map<string, number>()
  const buffers = (pool: string) => clock.now() - (declinedAt.get(pool) ?? -Infinity) > NO_BUFFER_MS

  const hostsOf = (all: Workers, pool: string): Host[] =>
    all
      .filter((worker) => worker.pool === pool && worker.state === 'live')
      .map(({ name, size, room, lastBeat }) => ({
        worker: name,
        size,
        room,
        heardAt: lastBeat,
        freedAt: freedAt.get(name) ?? 0,
      }))

  /** One round; whether another may find something. */
  async function round(pool: string): Promise<boolean> {
    if (!gate.isOpen()) return false
    const [depth, all] = await Promise.all([pools.depth(pool), knownWorkers()])
    const room = roomOf(hostsOf(all, pool), depth, buffers(pool))
    pieces.delete(pool)
    if (room.isFull()) return false
    const backlog = await pools.backlog(depth)
    const batch = batchOf(room, (run) => backlog.heads.get(run)!.bytes, ROUND_BYTES)
    const picked = chooseNext(backlog.shares, backlog.virtual, backlog.turns, batch, ROUND)
    const { picks } = picked
    const isTidied = (picks.length === 0 || backlog.strays.length > 0) && (await pools.tidy(backlog))
    if (picked.passed.length > 0 && room.free().some((each) => !isFull(each.free))) pieces.add(pool)
    // what was empty may have hidden what is not
    if (picks.length === 0) return isTidied
    const fed = picks.map(({ run, verdict }) => {
      const before = backlog.heads.get(run)!.record
      const placed = placedOn(verdict, room)
      const event = { type: 'fed', nonce: newNonce(), ...(placed === undefined ? {} : { placed }) } as const
      const decision = decide(before, event, clock.iso(), 0)
      if ('refused' in decision) return undefined
      return {
        before,
        after: decision.run,
        out: render(decision.run, decision.effects, installation, clock.iso()),
      }
    })
    const ready = fed.filter((each) => each !== undefined)
    // asked here, where no other answer of Redis comes in between: it may have been lost, and be an older one now
    if (!gate.isOpen()) return false
    if ((await pools.feed(backlog, picked, ready)) === 'conflict') return true
    // where every line was seen to its end, what is left waits for room
    return picked.end === 'most' || batch.isSpent() || (picked.end === 'seen' && backlog.isCut)
  }

  async function rounded(pool: string): Promise<void> {
    try {
      do again.delete(pool)
      while ((await round(pool)) || again.has(pool))
    } catch (err) {
      // Redis is away: the sweep pokes every pool when it is back
      log.warn({ err, pool }, 'the feed stopped, the sweep takes it up again')
    } finally {
      rounds.delete(pool)
      if (again.has(pool)) poke(pool)
    }
  }

  function poke(pool: string, freed?: string): void {
    if (freed !== undefined) freedAt.set(freed, clock.now())
    again.add(pool)
    if (!rounds.has(pool)) rounds.set(pool, rounded(pool))
  }

  return {
    hosts: hostsOf,
    buffers,
    declined(pool) {
      declinedAt.set(pool, clock.now())
    },
    poke,
    taken(pool) {
      if (pieces.has(pool)) poke(pool)
    },
    workersChanged(pool) {
      known = undefined
      poke(pool)
    },
    async pokeAll() {
      for (const pool of await pools.pools()) poke(pool)
    },
    async idle() {
      await Promise.all(rounds.values())
    },
  }
}
