/** A pool's backlog in Redis, and the commit that feeds from it. */
import type { Redis } from 'ioredis'
import type { Cost, Line, Share, Waiting } from '../domain/fair-share.ts'
import { costOf, type RunRecord } from '../domain/record.ts'
import type { Backlog, PoolStore } from '../ports.ts'
import { commit, COMMIT_ID, type Write } from './commit.ts'
import { keys } from './keys.ts'
import { MANY_SHARES, readBacklog, type HeadOfLine } from './read-backlog.ts'
import { stored } from './stored.ts'
import type { KnownRuns } from './known-runs.ts'
import type { Outbox } from './outbox.ts'
import { feedWrites, guardOf } from './runs.ts'
import { runWrites, type Retention } from './run-writes.ts'

export function openPools(redis: Redis, outbox: Outbox, retention: Retention, known: KnownRuns): PoolStore {
  return {
    async pools() {
      return redis.smembers(keys.pools)
    },

    async depth(pool) {
      // one connection keeps the order: what is committed after the versions were read makes `feed` conflict
      const [version, arrivals, queued, running] = await Promise.all([
        redis.hget(keys.pool(pool), 'version'),
        redis.hget(keys.arrivals(pool), 'version'),
        redis.hvals(keys.queued(pool)),
        redis.hvals(keys.running(pool)),
      ])
      const committed = [...queued, ...running].map((cost) => stored<Cost>(cost))
      return { pool, version: version ?? '', arrivals: arrivals ?? '', committed }
    },

    async backlog(depth) {
      const { pool } = depth
      const [virtual, rows] = await Promise.all([
        redis.hget(keys.pool(pool), 'virtual'),
        readBacklog(redis, pool),
      ])
      const heads = new Map<string, RunRecord>()
      const strays: Backlog['strays'] = []
      const lineOf = ([priority, served, line, runs]: HeadOfLine): Line => {
        const head: Waiting[] = []
        for (const [id, record] of runs) {
          const run = record === '' ? undefined : stored<RunRecord>(record)
          if (run?.state !== 'pending') {
            strays.push({ line, id })
            continue
          }
          heads.set(id, run)
          head.push({ run: id, cost: costOf(run) })
        }
        return { priority: Number(priority), virtual: Number(served), head }
      }
      const shares = rows.map(([submitter, served, lines]) => ({
        submitter,
        virtual: Number(served),
        lines: lines.map(lineOf),
      }))
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
      for (const { after } of fed) known.set(after)
      outbox.send(result.entries)
      return 'done'
    },

    async tidy({ pool, arrivals, shares, strays }) {
      // an empty share costs nothing to keep, until there are so many that they hide others
      if (strays.length === 0 && shares.length < MANY_SHARES) return
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
