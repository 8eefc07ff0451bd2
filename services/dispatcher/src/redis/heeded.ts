/** When each recurring timer was last heeded: by it a dispatcher sees that one was lost, whoever heeds it. */
import type { Redis } from 'ioredis'
import { keys } from './keys.ts'

export type Heeded = {
  /** The timer's work is begun now; times in milliseconds of Redis' clock. */
  now(timer: string, at: number): Promise<void>
  /** 0: never. */
  last(timer: string): Promise<number>
}

export function openHeeded(redis: Redis): Heeded {
  return {
    async now(timer, at) {
      await redis.hset(keys.heeded, timer, Math.floor(at))
    },
    async last(timer) {
      return Number((await redis.hget(keys.heeded, timer)) ?? 0)
    },
  }
}
