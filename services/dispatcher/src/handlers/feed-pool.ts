/**
 * Feeds a pool: reads its backlog, has `domain/` choose, commits the jobs. One round at a time for each pool in this
 * process; of two dispatchers that feed at once one meets a conflict and reads again. Nothing here decides who is
 * next (`domain/fair-share.ts`), how much may be out (`domain/depth.ts`) or where it goes (`domain/placement.ts`).
 */
import { newNonce } from '@carya/contracts'
import type { Log } from '@carya/amqp'
import { batchOf } from '../domain/batch.ts'
import type { Beyond } from '../domain/beyond.ts'
import { isFull } from '../domain/depth.ts'
import { advance, type Advance, type Fresh } from '../domain/ensemble-line.ts'
import { chooseNext, ROUND, type Picked } from '../domain/fair-share.ts'
import { render } from '../domain/messages.ts'
import { placedOn, roomOf, type Host } from '../domain/placement.ts'
import { decide } from '../domain/run.ts'
import type { Backlog, Changed, Clock, Fed, Gate, PoolStore, WorkerStore } from '../ports.ts'
import type { RunRecord } from '../domain/record.ts'
import { lookBeyond } from './look-beyond.ts'
import type { MakeMembers } from './make-members.ts'

const SIZES_MS = 250
/**
 * A full worker lets a job wait at its door for a moment, and then declines it. Where runs last longer than that the
 * buffer would cost a decline for each of them and save nothing: after one it is not used for so long.
 */
const NO_BUFFER_MS = 2000
/** Of records that go out with one commit; their jobs take about as much. */
const ROUND_BYTES = 4 * 2 ** 20
/** An ensemble whose members cannot be made (its table cannot be read for now) is passed over for so long. */
const REST_MS = 30_000

export type FeedParts = {
  pools: PoolStore
  /** members of ensembles, as they come into being */
  make: MakeMembers
  workers: Pick<WorkerStore, 'all'>
  clock: Clock
  installation: string
  log: Log
  /** nothing is fed while it is shut; who opens it pokes all pools */
  gate: Gate
  /** a member of this ensemble has ended without having been fed */
  memberEnded: (ensemble: string) => void
}

export type Workers = Awaited<ReturnType<WorkerStore['all']>>

export type Feeder = {
  /** The pool's live workers, of these, as a round of this process would see them. */
  hosts(all: Workers, pool: string): Host[]
  /** Whether it lets jobs wait in the pool's queue. */
  buffers(pool: string): boolean
  /** What its rounds look beyond. */
  beyond(pool: string): Beyond
  /** Something may be fed now, perhaps because room was freed at a worker; returns at once. */
  poke(pool: string, freed?: string): void
  /** A run has come back into its line. */
  cameBack(run: RunRecord): void
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

export function feedPools(parts: FeedParts): Feeder {
  const { pools, make, workers, clock, installation, log, gate, memberEnded } = parts
  const rounds = new Map<string, Promise<void>>()
  const beyond = lookBeyond(clock)
  const again = new Set<string>()
  /** when room was last freed at a worker, as far as this process knows */
  const freedAt = new Map<string, number>()
  /** pools where room is left that none of the waiting runs fits into */
  const pieces = new Set<string>()
  /** ensembles that are passed over, until when */
  const resting = new Map<string, number>()

  let sizes: { at: number; workers: Promise<Workers> } | undefined
  /** Sizes change seldom, so they are read a few times a second at most, however often the feed runs. */
  function knownWorkers(): Promise<Workers> {
    if (!sizes || clock.now() - sizes.at > SIZES_MS) {
      const read = workers.all()
      read.catch(() => (sizes = undefined))
      sizes = { at: clock.now(), workers: read }
    }
    return sizes.workers
  }

  const declinedAt = new Map<string, number>()
  const buffers = (pool: string) => clock.now() - (declinedAt.get(pool) ?? -Infinity) > NO_BUFFER_MS

  const hostsOf = (all: Workers, pool: string): Host[] =>
    all
      .filter((worker) => worker.pool === pool && worker.state === 'live')
      .map(({ name, size, room, lastBeat, policy }) => ({
        worker: name,
        size,
        room,
        heardAt: lastBeat,
        freedAt: freedAt.get(name) ?? 0,
        policy,
      }))

  /** One round; whether another may find something. */
  async function round(pool: string): Promise<boolean> {
    if (!gate.isOpen()) return false
    const [depth, all] = await Promise.all([pools.depth(pool), knownWorkers()])
    const hosts = hostsOf(all, pool)
    const room = roomOf(hosts, depth, buffers(pool))
    pieces.delete(pool)
    if (room.isFull()) return false
    const backlog = await pools.backlog(depth, beyond.begin(pool, hosts))
    const batch = batchOf(room, (run) => bytesOf(backlog, run), ROUND_BYTES)
    const picked = chooseNext(awake(backlog), backlog.virtual, backlog.turns, batch, ROUND)
    const { picks } = picked
    const isUntidy = picks.length === 0 || backlog.strays.length > 0 || backlog.idle.length > 0
    const isTidied = isUntidy && (await pools.tidy(backlog))
    if (picked.passed.length > 0 && room.free().some((each) => !isFull(each.free))) pieces.add(pool)
    const isFarther = beyond.found(backlog, picked.passed)
    // what was empty, or hopeless, may have hidden what is not
    if (picks.length === 0) return isTidied || isFarther
    const chosen = picks.flatMap(({ run }) => backlog.fresh.get(run) ?? [])
    const advances = advancesOf(chosen)
    const passed = chosen.filter((each) => advances.get(each.ensemble.id)!.isPassed(each))
    const made = await makeAll(passed)
    // without the one that rests now
    if (!made) return true
    const ready = picks.flatMap(({ run, verdict }) => {
      const standing = backlog.heads.get(run)?.record
      const record = standing ?? made.get(run)
      return record ? fed(record, placedOn(verdict, room), standing) : []
    })
    // asked here, where no other answer of Redis comes in between: it may have been lost, and be an older one now
    if (!gate.isOpen()) return false
    if ((await commitRound(backlog, picked, ready, [...advances.values()])) === 'conflict') return true
    const stillborn = ready.filter(({ after }) => after.endedAt !== undefined)
    for (const { after } of stillborn) memberEnded(after.ensemble!)
    // the room that they were given is free still, and nobody will tell of it
    if (stillborn.length > 0) return true
    // where every line was seen to its end, what is left waits for room
    return isFarther || picked.end === 'most' || batch.isSpent() || (picked.end === 'seen' && backlog.isCut)
  }

  /** What waits, but for members that cannot be made for now. */
  function awake({ shares, fresh }: Backlog): Backlog['shares'] {
    for (const [id, until] of resting) if (until <= clock.now()) resting.delete(id)
    if (resting.size === 0) return shares
    return shares.map((share) => ({
      ...share,
      lines: share.lines.map((line) =>
        resting.has(line.name) ? { ...line, head: line.head.filter(({ run }) => !fresh.has(run)) } : line,
      ),
    }))
  }

  /** Undefined where those of an ensemble could not be made: nobody else waits for its store. */
  async function makeAll(fresh: readonly Fresh[]): Promise<ReadonlyMap<string, RunRecord> | undefined> {
    const groups = [...Map.groupBy(fresh, ({ ensemble }) => ensemble.id)]
    const made = await Promise.all(
      groups.map(async ([id, group]) => {
        try {
          return [...(await make(group))]
        } catch (err) {
          log.warn({ err, ensemble: id }, 'its members cannot be made for now: it is passed over for a while')
          resting.set(id, clock.now() + REST_MS)
          return undefined
        }
      }),
    )
    return made.includes(undefined) ? undefined : new Map(made.flatMap((each) => each ?? []))
  }

  async function commitRound(
    backlog: Backlog,
    picked: Picked,
    ready: readonly Fed[],
    advances: readonly Advance[],
  ): Promise<Changed> {
    const passedOver = new Set<string>()
    for (;;) {
      const those = ready.filter(({ after }) => !passedOver.has(after.id))
      const result = await pools.feed(backlog, picked, those, advances)
      if (typeof result === 'string') return result
      // it has a record already (Redis was put back, and a host held it): the cursor passes over it
      passedOver.add(result.known)
    }
  }

  /** A run with its job, or a member that ends without one. */
  function fed(record: RunRecord, placed: string | undefined, before: RunRecord | undefined): Fed[] {
    const now = clock.iso()
    const was = before ? { before } : {}
    // it could not be made
    if (record.endedAt !== undefined)
      return [{ ...was, after: record, out: render(record, [{ kind: 'changed' }], installation, now) }]
    const event = { type: 'fed', nonce: newNonce(), ...(placed === undefined ? {} : { placed }) } as const
    const decision = decide(record, event, now, 0)
    if ('refused' in decision) return []
    return [{ ...was, after: decision.run, out: render(decision.run, decision.effects, installation, now) }]
  }

  /** How far each ensemble is with these members. */
  function advancesOf(chosen: readonly Fresh[]): Map<string, ReturnType<typeof advance>> {
    const groups = Map.groupBy(chosen, ({ ensemble }) => ensemble.id)
    return new Map([...groups].map(([id, group]) => [id, advance(group[0]!.ensemble, group, clock.iso())]))
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
    beyond: beyond.of,
    declined(pool) {
      declinedAt.set(pool, clock.now())
    },
    poke,
    cameBack: beyond.cameBack,
    taken(pool) {
      if (pieces.has(pool)) poke(pool)
    },
    workersChanged(pool) {
      sizes = undefined
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

/** About the bytes of a run's record. */
function bytesOf({ heads, fresh }: Backlog, run: string): number {
  return heads.get(run)?.bytes ?? fresh.get(run)?.ensemble.memberBytes ?? 0
}
