/**
 * What Redis says of itself, and the record of the last recovery: it stands in Redis, so that dispatchers agree on it
 * and it goes on after a restart of theirs. Its version guards every step, so each is made by one of them.
 */
import type { Redis } from 'ioredis'
import type { RecoveryRecord, RedisFound } from '../domain/recovery.ts'
import type { RecoveryStore } from '../ports.ts'
import { SCHEMA } from './client.ts'
import { commit, COMMIT_ID, type Write } from './commit.ts'
import { keys } from './keys.ts'

/** Numbers above the highest that was seen: others may have seen a little more. */
const MARGIN = 1000
const MOST_LOST = 100

export function openRecoveries(redis: Redis): RecoveryStore {
  async function last(): Promise<RecoveryRecord | undefined> {
    const [record, lost] = await Promise.all([
      redis.hgetall(keys.recovery),
      redis.lrange(keys.recoveryLost, 0, MOST_LOST - 1),
    ])
    const { version, since, until, seen, held, rebuilt, ended } = record
    if (version === undefined || since === undefined) return undefined
    return {
      version: Number(version),
      since,
      ...(until === undefined ? {} : { until }),
      seen: Number(seen),
      held: Number(held),
      rebuilt: Number(rebuilt ?? 0),
      ended: Number(ended ?? 0),
      lost,
    }
  }

  async function write(before: RecoveryRecord | undefined, writes: Write[]) {
    const version = (before?.version ?? 0) + 1
    const result = await commit(redis, {
      guards: [{ key: keys.recovery, version: before ? String(before.version) : '' }],
      writes: [['HSET', keys.recovery, 'version', version, 'commit', COMMIT_ID], ...writes],
      out: [],
    })
    return result.committed ? 'done' : 'conflict'
  }

  return {
    last,
    async found(): Promise<RedisFound> {
      const [seq, schema] = await redis.mget(keys.seq, keys.schema)
      return { seq: Number(seq ?? 0), hasLayout: schema !== null && schema !== undefined }
    },
    async begin(before, { since, seen, held }) {
      return write(before, [
        ['HSET', keys.recovery, 'since', since, 'seen', seen, 'held', held, 'rebuilt', 0, 'ended', 0],
        ['HDEL', keys.recovery, 'until'],
        ['DEL', keys.recoveryLost],
        ['INCRBY', keys.seq, Math.max(0, seen - held) + MARGIN],
        ['SET', keys.schema, SCHEMA],
      ])
    },
    async finish(before, until, lost) {
      return write(before, [
        ['HSET', keys.recovery, 'until', until],
        ...lost.toReversed().map((what): Write => ['LPUSH', keys.recoveryLost, what]),
        ['LTRIM', keys.recoveryLost, 0, MOST_LOST - 1],
      ])
    },
    async count(what) {
      if ((await redis.exists(keys.recovery)) === 1) await redis.hincrby(keys.recovery, what, 1)
    },
    async lose(what) {
      const known = await redis.lpos(keys.recoveryLost, what)
      if (known === null) await redis.rpush(keys.recoveryLost, what)
      await redis.ltrim(keys.recoveryLost, 0, MOST_LOST - 1)
      return known === null
    },
  }
}
