/** Counts of what was mended, by kind: where there is a commit, in it. */
import type { Redis } from 'ioredis'
import type { Mended, Mending } from '../ports.ts'
import type { Write } from './commit.ts'
import { keys } from './keys.ts'

export const mendedWrite = (kind: Mending): Write => ['HINCRBY', keys.mended, kind, 1]

export function openMended(redis: Redis): Mended {
  return {
    async count(kind) {
      await redis.hincrby(keys.mended, kind, 1)
    },
    async counts() {
      const found = await redis.hgetall(keys.mended)
      return Object.fromEntries(Object.entries(found).map(([kind, n]) => [kind, Number(n)]))
    },
  }
}
