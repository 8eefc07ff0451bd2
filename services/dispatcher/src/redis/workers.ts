/** Workers in Redis: their last heartbeat, and what they hold. */
import type { Redis } from 'ioredis'
import type { Heartbeat } from '@carya/contracts'
import type { Held } from '../domain/lease.ts'
import { stateOf } from '../domain/worker.ts'
import type { WorkerStore } from '../ports.ts'
import { keys } from './keys.ts'
import { stored } from './stored.ts'

const MOST = 1000

/** `silence`: for how many milliseconds a worker that was last heard then has been silent. */
export function openWorkers(redis: Redis, silence: (lastBeat: number) => number): WorkerStore {
  async function find(name: string): Promise<(Heartbeat & { lastBeat: number }) | undefined> {
    const [beat, lastBeat] = await redis.hmget(keys.worker(name), 'beat', 'lastBeat')
    return typeof beat === 'string' ? { ...stored<Heartbeat>(beat), lastBeat: Number(lastBeat) } : undefined
  }

  return {
    find,
    async all() {
      const names = await redis.zrevrange(keys.workers, 0, MOST - 1)
      const beats = await Promise.all(names.map(find))
      return beats
        .filter((beat) => beat !== undefined)
        .map((beat) => ({
          name: beat.worker,
          pool: beat.pool,
          state: stateOf(beat, silence(beat.lastBeat)),
          ...(beat.unwell === undefined ? {} : { reason: beat.unwell }),
          version: beat.version,
          lastBeatAt: new Date(beat.lastBeat).toISOString(),
          size: beat.size,
          room: beat.room,
          attempts: beat.attempts.length,
          lastBeat: beat.lastBeat,
          session: beat.session,
        }))
    },
    async beat(beat, at) {
      const known = await find(beat.worker)
      if (known?.session === beat.session && known.beat >= beat.beat) return false
      const { logs, ...kept } = beat
      void logs
      await Promise.all([
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
