/** Workers in Redis: their last heartbeat, what is wished of them, and what they hold. */
import type { Redis } from 'ioredis'
import type { Heartbeat } from '@carya/contracts'
import { drained, type Wish } from '../domain/drain.ts'
import { outlives } from '../domain/leaving.ts'
import type { Held } from '../domain/lease.ts'
import { stateOf } from '../domain/worker.ts'
import type { KnownWorker, WorkerStore } from '../ports.ts'
import { keys } from './keys.ts'
import { stored } from './stored.ts'

const MOST = 1000

type Known = NonNullable<Awaited<ReturnType<WorkerStore['find']>>>

/** `silence`: for how many milliseconds a worker that was last heard then has been silent. */
export function openWorkers(redis: Redis, silence: (lastBeat: number) => number): WorkerStore {
  async function find(name: string): Promise<Known | undefined> {
    const [beat, lastBeat, wish] = await redis.hmget(keys.worker(name), 'beat', 'lastBeat', 'wish')
    if (typeof beat !== 'string') return undefined
    return { ...stored<Heartbeat>(beat), lastBeat: Number(lastBeat), wish: wishOf(wish) }
  }

  const viewOf = (known: Known): KnownWorker => ({
    name: known.worker,
    pool: known.pool,
    state: stateOf(known, silence(known.lastBeat)),
    ...(known.unwell === undefined ? {} : { reason: known.unwell }),
    version: known.version,
    lastBeatAt: new Date(known.lastBeat).toISOString(),
    size: known.size,
    room: known.room,
    attempts: known.attempts.length,
    ...drained(known),
    lastBeat: known.lastBeat,
    session: known.session,
    wish: known.wish,
    policy: known.policy,
  })

  return {
    find,
    async view(name) {
      const known = await find(name)
      return known && viewOf(known)
    },
    async all() {
      const names = await redis.zrevrange(keys.workers, 0, MOST - 1)
      const known = await Promise.all(names.map(find))
      return known.filter((each) => each !== undefined).map(viewOf)
    },
    wish: async (name) => wishOf(await redis.hget(keys.worker(name), 'wish')),
    async setWish(name, wish) {
      await redis.hset(keys.worker(name), 'wish', wish)
    },
    async forget(name) {
      // at once: one without the other would be in no list, or in every list without a record
      await redis.multi().del(keys.worker(name)).zrem(keys.workers, name).exec()
    },
    async beat(beat, at) {
      const known = await find(beat.worker)
      if (known?.session === beat.session && known.beat >= beat.beat) return false
      const { logs, ...kept } = beat
      void logs
      const isAnother = known !== undefined && known.session !== beat.session
      await Promise.all([
        isAnother && !outlives(known.wish) ? redis.hdel(keys.worker(beat.worker), 'wish') : undefined,
        redis.hset(keys.worker(beat.worker), 'beat', JSON.stringify(kept), 'lastBeat', at),
        redis.zadd(keys.workers, at, beat.worker),
      ])
      return true
    },
    async held(worker) {
      const values = await redis.hvals(keys.held(worker))
      // an older dispatcher wrote `true`, when only a cancel stopped anything
      return values
        .map((value) => stored<Held & { stop: string | boolean }>(value))
        .map(({ stop, ...each }) => ({ ...each, stop: stop === true ? 'cancelled' : stop }))
    },
  }
}

/** A newer version may know other wishes. */
function wishOf(word: string | null | undefined): Wish | undefined {
  return word === 'drain' || word === 'resume' || word === 'leave' ? word : undefined
}
