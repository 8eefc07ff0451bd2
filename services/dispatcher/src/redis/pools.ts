/** A pool's backlog in Redis, and the commit that feeds from it. */
import type { Redis } from 'ioredis'
import type { Line, Picked } from '../domain/fair-share.ts'
import { waitingOf, type OutRun, type Waiting } from '../domain/placement.ts'
import type { RunRecord } from '../domain/record.ts'
import type { Backlog, PoolStore } from '../ports.ts'
import { commit, COMMIT_ID, type Write } from './commit.ts'
import { keys } from './keys.ts'
import { MANY_SHARES, readBacklog, type HeadOfLine } from './read-backlog.ts'
import { stored } from './stored.ts'
import type { KnownRuns } from './known-runs.ts'
import type { Outbox } from './outbox.ts'
import { feedWrites, guardOf } from './runs.ts'
import { runWrites, type Retention } from './run-writes.ts'

/** For how long the versions of a pool that was dropped are kept: a day. */
const KEPT_SECONDS = 86_400

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
        redis.hgetall(keys.queued(pool)),
        redis.hgetall(keys.running(pool)),
      ])
      return {
        pool,
        version: version ?? '',
        arrivals: arrivals ?? '',
        queued: outRuns(queued),
        running: outRuns(running),
      }
    },

    async backlog(depth) {
      const { pool } = depth
      const [[virtual, turns], rows] = await Promise.all([
        redis.hmget(keys.pool(pool), 'virtual', 'turns'),
        readBacklog(redis, pool),
      ])
      const heads = new Map<string, { record: RunRecord; bytes: number }>()
      const strays: Backlog['strays'] = []
      const lineOf = ([priority, served, line, runs]: HeadOfLine): Line => {
        const head: Waiting[] = []
        for (const [id, record] of runs) {
          const run = record === '' ? undefined : stored<RunRecord>(record)
          if (run?.state !== 'pending') {
            strays.push({ line, id })
            continue
          }
          heads.set(id, { record: run, bytes: record.length })
          head.push(waitingOf(run))
        }
        return { priority: Number(priority), virtual: Number(served), head }
      }
      const shares = rows.map(([submitter, served, lines]) => ({
        submitter,
        virtual: Number(served),
        lines: lines.map(lineOf),
      }))
      return {
        ...depth,
        virtual: Number(virtual ?? 0),
        turns: turns ? stored<string[]>(turns) : [],
        shares,
        isCut: rows.some(([, , lines]) => lines.some(([, , , , more]) => more > 0)),
        heads,
        strays,
      }
    },

    async ahead({ id, pool, submitter, priority }) {
      return (await redis.zrank(keys.line(pool, submitter, priority), id)) ?? undefined
    },

    async feed(backlog, picked, fed) {
      const { pool, version } = backlog
      const out = fed.flatMap((each) => each.out)
      const result = await commit(redis, {
        guards: [{ key: keys.pool(pool), version }, ...fed.map((each) => guardOf(each.before))],
        writes: [
          ...fed.flatMap((each) => runWrites(each.before, each.after, retention)),
          ...virtualWrites(pool, picked, version),
          ...feedWrites(out),
        ],
        out,
      })
      if (!result.committed) return 'conflict'
      for (const { after } of fed) known.set(after)
      outbox.send(result.entries)
      return 'done'
    },

    async drop({ pool, version, arrivals, queued, running }) {
      if (queued.length > 0 || running.length > 0) return
      const shares = await redis.zrange(keys.shares(pool), 0, '-1')
      if (await isAnyWaiting(pool, shares)) return
      await commit(redis, {
        // a run that moved on while we looked was fed, or has arrived
        guards: [
          { key: keys.pool(pool), version },
          { key: keys.arrivals(pool), version: arrivals },
        ],
        writes: [
          ['SREM', keys.pools, pool],
          ['DEL', keys.shares(pool)],
          ...shares.map((submitter): Write => ['DEL', keys.lines(pool, submitter)]),
          // by their versions somebody who was frozen may still judge what he has seen
          ['EXPIRE', keys.pool(pool), KEPT_SECONDS],
          ['EXPIRE', keys.arrivals(pool), KEPT_SECONDS],
        ],
        out: [],
      })
    },

    async tidy({ pool, arrivals, shares, strays }) {
      // an empty share costs nothing to keep, until there are so many that they hide others
      if (strays.length === 0 && shares.length < MANY_SHARES) return false
      const writes = strays.map(({ line, id }): Write => ['ZREM', line, id])
      for (const { submitter, lines } of shares) {
        // a head of strays hides what is behind it: the line is judged when they are gone
        const empty = strays.length > 0 ? [] : lines.filter((line) => line.head.length === 0)
        for (const line of empty) writes.push(['ZREM', keys.lines(pool, submitter), line.priority])
        if (empty.length === lines.length && strays.length === 0)
          writes.push(['ZREM', keys.shares(pool), submitter])
      }
      if (writes.length === 0) return false
      await commit(redis, { guards: [{ key: keys.arrivals(pool), version: arrivals }], writes, out: [] })
      return true
    },
  }

  async function isAnyWaiting(pool: string, shares: readonly string[]): Promise<boolean> {
    const waiting = await Promise.all(
      shares.map(async (submitter) => {
        const priorities = await redis.zrange(keys.lines(pool, submitter), 0, '-1')
        const lines = priorities.map((priority) => keys.line(pool, submitter, Number(priority)))
        return Promise.all(lines.map((line) => redis.zcard(line)))
      }),
    )
    return waiting.flat().some((count) => count > 0)
  }
}

/** Virtual times, and whose turn is kept, after a round. */
function virtualWrites(pool: string, picked: Picked, version: string): Write[] {
  const { shares, virtual, turns } = picked
  const key = keys.pool(pool)
  const next = Number(version || 0) + 1
  const writes: Write[] = [
    ['HSET', key, 'version', next, 'commit', COMMIT_ID, 'virtual', virtual, 'turns', JSON.stringify(turns)],
  ]
  for (const share of shares) {
    writes.push(['ZADD', keys.shares(pool), 'XX', share.virtual, share.submitter])
    for (const line of share.lines)
      writes.push(['ZADD', keys.lines(pool, share.submitter), 'XX', line.virtual, line.priority])
  }
  return writes
}

function outRuns(hash: Record<string, string>): OutRun[] {
  return Object.entries(hash).map(([run, text]) => ({ ...stored<Omit<OutRun, 'run'>>(text), run }))
}
