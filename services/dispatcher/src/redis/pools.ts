/** A pool's backlog in Redis, and the commit that feeds from it. */
import type { Redis } from 'ioredis'
import type { Cost, Share } from '../domain/fair-share.ts'
import type { RunRecord } from '../domain/record.ts'
import type { Backlog, PoolStore } from '../ports.ts'
import { commit, COMMIT_ID, type Write } from './commit.ts'
import { keys } from './keys.ts'
import { stored } from './stored.ts'
import type { Outbox } from './outbox.ts'
import { feedWrites, guardOf } from './runs.ts'
import { runWrites, type Retention } from './run-writes.ts'

/** Shares and runs of a line looked at in one round: enough to choose by, whatever the length of the backlog. */
const SHARES = 32
const LINES = 11
const HEAD = 64

export function openPools(redis: Redis, outbox: Outbox, retention: Retention): PoolStore {
  /** Runs at the head of a line; what stands there without waiting (a run that is gone) is told apart. */
  async function head(line: string): Promise<{ runs: RunRecord[]; stray: string[] }> {
    const ids = await redis.zrange(line, '0', `${HEAD - 1}`)
    const records = await Promise.all(ids.map((id) => redis.hget(keys.run(id), 'record')))
    const found = records.map((record) => (record === null ? undefined : stored<RunRecord>(record)))
    const runs = found.filter((run) => run?.state === 'pending')
    const stray = ids.filter((_, i) => found[i]?.state !== 'pending')
    return { runs: runs.filter((run) => run !== undefined), stray }
  }

  return {
    async pools() {
      return redis.smembers(keys.pools)
    },

    async depth(pool) {
      // the versions are read first: what is committed from here on makes `feed` conflict, and `tidy` refuse
      const [version, arrivals] = await Promise.all([
        redis.hget(keys.pool(pool), 'version'),
        redis.hget(keys.arrivals(pool), 'version'),
      ])
      const sets = await Promise.all([redis.hvals(keys.queued(pool)), redis.hvals(keys.running(pool))])
      const committed = sets.flat().map((cost) => stored<Cost>(cost))
      return { pool, version: version ?? '', arrivals: arrivals ?? '', committed }
    },

    async backlog(depth) {
      const { pool } = depth
      const [virtual, shareRows] = await Promise.all([
        redis.hget(keys.pool(pool), 'virtual'),
        redis.zrange(keys.shares(pool), '0', `${SHARES - 1}`, 'WITHSCORES'),
      ])
      const heads = new Map<string, RunRecord>()
      const strays: Backlog['strays'] = []
      const shares = await Promise.all(
        pairs(shareRows).map(async ([submitter, served]): Promise<Share> => {
          const rows = await redis.zrange(keys.lines(pool, submitter), '0', `${LINES - 1}`, 'WITHSCORES')
          const lines = await Promise.all(
            pairs(rows).map(async ([priority, lineVirtual]) => {
              const line = keys.line(pool, submitter, Number(priority))
              const { runs, stray } = await head(line)
              for (const id of stray) strays.push({ line, id })
              for (const run of runs) heads.set(run.id, run)
              const waiting = runs.map((run) => ({ run: run.id, cost: run.resources }))
              return { priority: Number(priority), virtual: lineVirtual, head: waiting }
            }),
          )
          return { submitter, virtual: served, lines }
        }),
      )
      return { ...depth, virtual: Number(virtual ?? 0), shares, heads, strays }
    },

    async feed(backlog, picked, fed) {
      const { pool, version } = backlog
      const out = fed.flatMap((each) => each.out)
      const result = await commit(redis, {
        guards: [{ key: keys.pool(pool), version }, ...fed.map((each) => guardOf(each.before))],
        writes: [
          ...fed.flatMap((each) => runWrites(each.before, each.after, retention)),
          ...virtualWrites(
            pool,
            picked.shares,
            picked.picks.length > 0 ? picked.virtual : backlog.virtual,
            version,
          ),
          ...feedWrites(out),
        ],
        out,
      })
      if (!result.committed) return 'conflict'
      outbox.send(result.entries)
      return 'done'
    },

    async tidy({ pool, arrivals, shares, strays }) {
      const writes = strays.map(({ line, id }): Write => ['ZREM', line, id])
      for (const { submitter, lines } of shares) {
        // a head of strays hides what is behind it: the line is judged when they are gone
        const empty = strays.length > 0 ? [] : lines.filter((line) => line.head.length === 0)
        for (const line of empty) writes.push(['ZREM', keys.lines(pool, submitter), line.priority])
        if (empty.length === lines.length && strays.length === 0)
          writes.push(['ZREM', keys.shares(pool), submitter])
      }
      if (writes.length > 0)
        await commit(redis, { guards: [{ key: keys.arrivals(pool), version: arrivals }], writes, out: [] })
    },
  }
}

/** Virtual times after a round. */
function virtualWrites(pool: string, shares: readonly Share[], virtual: number, version: string): Write[] {
  const writes: Write[] = [
    ['HSET', keys.pool(pool), 'version', Number(version || 0) + 1, 'commit', COMMIT_ID, 'virtual', virtual],
  ]
  for (const share of shares) {
    writes.push(['ZADD', keys.shares(pool), 'XX', share.virtual, share.submitter])
    for (const line of share.lines)
      writes.push(['ZADD', keys.lines(pool, share.submitter), 'XX', line.virtual, line.priority])
  }
  return writes
}

/** A zset's rows as name and score. */
function pairs(rows: string[]): [string, number][] {
  const result: [string, number][] = []
  for (let i = 0; i + 1 < rows.length; i += 2) result.push([rows[i]!, Number(rows[i + 1])])
  return result
}
