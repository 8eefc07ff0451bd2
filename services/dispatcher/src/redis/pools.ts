/** A pool's backlog in Redis, and the commit that feeds from it. */
import type { Redis } from 'ioredis'
import { ALL, lineKey } from '../domain/beyond.ts'
import { isFed, type EnsembleRecord } from '../domain/ensemble-record.ts'
import { freshMembers, isIdle, retriesWithin, waitingMember, type Fresh } from '../domain/ensemble-line.ts'
import { isEnsemble, type Line, type Picked } from '../domain/fair-share.ts'
import { memberId } from '../domain/member.ts'
import { waitingOf, type OutRun, type Waiting } from '../domain/placement.ts'
import { lineOf, type RunRecord } from '../domain/record.ts'
import type { Backlog, Depth, PoolStore } from '../ports.ts'
import { commit, COMMIT_ID, type Write } from './commit.ts'
import { advanceWrites, ensembleGuard } from './ensemble-writes.ts'
import { keys } from './keys.ts'
import { LINES, MANY_SHARES, readBacklog, SHARES, type HeadOfLine } from './read-backlog.ts'
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

    async backlog(depth, beyond = new Map()) {
      const { pool } = depth
      const [[virtual, turns], rows] = await Promise.all([
        redis.hmget(keys.pool(pool), 'virtual', 'turns'),
        readBacklog(redis, pool, beyond),
      ])
      const heads = new Map<string, { record: RunRecord; bytes: number }>()
      const fresh = new Map<string, Fresh>()
      const strays: Backlog['strays'] = []
      const idle: Backlog['idle'] = []
      let isCut = rows.length >= SHARES || rows.some(([, , lines]) => lines.length >= LINES)
      const headOf = ([, , line, runs]: HeadOfLine): Waiting[] =>
        runs.flatMap(([id, record]) => {
          const run = record === '' ? undefined : stored<RunRecord>(record)
          if (run?.state !== 'pending') {
            strays.push({ line, id })
            return []
          }
          heads.set(id, { record: run, bytes: record.length })
          return [waitingOf(run)]
        })
      const lineIn = (submitter: string, row: HeadOfLine): Line => {
        const [name, served, , , before, behind, text, again, unmoved] = row
        const head = headOf(row)
        isCut ||= behind > 0
        const line = { name, priority: Number(name), virtual: Number(served), head }
        if (!name.startsWith('e')) return line
        const ensemble = text === '' ? undefined : stored<EnsembleRecord>(text)
        if (isIdle(ensemble, again, before + head.length + behind)) idle.push({ submitter, name })
        if (!ensemble) return { ...line, priority: 0, head: [] }
        if (beyond.get(lineKey(name, submitter)) === ALL)
          return { ...line, priority: ensemble.priority, head: [] }
        const out = ensemble.maxParallel === undefined ? 0 : outOf(depth, ensemble.id)
        const retries = isFed(ensemble) ? head.slice(0, retriesWithin(ensemble, out)) : []
        const members = freshMembers(ensemble, again, { retries: retries.length, out, unmoved })
        for (const each of members) fresh.set(memberId(name, each.index), each)
        isCut ||= members.length > 0
        return { ...line, priority: ensemble.priority, head: [...retries, ...members.map(waitingMember)] }
      }
      const shares = rows.map(([submitter, served, lines, clock]) => ({
        submitter,
        virtual: Number(served),
        clock: Number(clock),
        lines: lines.map((line) => lineIn(submitter, line)),
      }))
      return {
        ...depth,
        beyond,
        virtual: Number(virtual ?? 0),
        turns: turns ? stored<string[]>(turns) : [],
        shares,
        isCut,
        heads,
        fresh,
        strays,
        idle,
      }
    },

    async ahead(run) {
      const line = keys.line(run.pool, run.submitter, lineOf(run))
      return (await redis.zrank(line, run.id)) ?? undefined
    },

    async feed(backlog, picked, fed, ensembles) {
      const { pool, version } = backlog
      const out = fed.flatMap((each) => each.out)
      const result = await commit(redis, {
        guards: [
          { key: keys.pool(pool), version },
          ...ensembles.map(({ before }) => ensembleGuard(before)),
          ...fed.map(({ before, after }) =>
            before ? guardOf(before) : { key: keys.run(after.id), version: '' },
          ),
        ],
        writes: [
          ...ensembles.flatMap(advanceWrites),
          ...fed.flatMap((each) => runWrites(each.before, each.after, retention)),
          ...virtualWrites(pool, picked, version),
          ...feedWrites(out),
        ],
        out,
      })
      if (!result.committed) {
        const inTheWay = fed.find(({ before, after }) => !before && keys.run(after.id) === result.conflict)
        return inTheWay ? { known: inTheWay.after.id } : 'conflict'
      }
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
          ['DEL', keys.clocks(pool)],
          ...shares.map((submitter): Write => ['DEL', keys.lines(pool, submitter)]),
          // by their versions somebody who was frozen may still judge what he has seen
          ['EXPIRE', keys.pool(pool), KEPT_SECONDS],
          ['EXPIRE', keys.arrivals(pool), KEPT_SECONDS],
        ],
        out: [],
      })
    },

    async tidy({ pool, arrivals, shares, strays, idle, beyond }) {
      const writes = strays.map(({ line, id }): Write => ['ZREM', line, id])
      // nothing comes into an ensemble's line by itself: who brings something brings the line too
      for (const { submitter, name } of idle) writes.push(['ZREM', keys.lines(pool, submitter), name])
      // an empty share costs nothing to keep, until there are so many that they hide others
      if (strays.length === 0 && shares.length >= MANY_SHARES)
        for (const { submitter, lines } of shares) {
          // a head of strays hides what is behind it: the line is judged when they are gone
          const empty = lines.filter(
            (line) =>
              line.head.length === 0 && !isEnsemble(line) && !beyond.has(lineKey(line.name, submitter)),
          )
          for (const line of empty) writes.push(['ZREM', keys.lines(pool, submitter), line.name])
          if (empty.length < lines.length) continue
          writes.push(['ZREM', keys.shares(pool), submitter], ['HDEL', keys.clocks(pool), submitter])
        }
      if (writes.length === 0) return false
      await commit(redis, { guards: [{ key: keys.arrivals(pool), version: arrivals }], writes, out: [] })
      return true
    },
  }

  async function isAnyWaiting(pool: string, shares: readonly string[]): Promise<boolean> {
    const waiting = await Promise.all(
      shares.map(async (submitter) => {
        const names = await redis.zrange(keys.lines(pool, submitter), 0, '-1')
        // an ensemble whose line stands may have members that nobody sees yet
        return Promise.all(
          names.map(async (name) =>
            isEnsemble({ name }) ? 1 : redis.zcard(keys.line(pool, submitter, name)),
          ),
        )
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
    if (share.clock > 0) writes.push(['HSET', keys.clocks(pool), share.submitter, share.clock])
    for (const line of share.lines)
      writes.push(['ZADD', keys.lines(pool, share.submitter), 'XX', line.virtual, line.name])
  }
  return writes
}

/** How many of an ensemble's members are out. */
function outOf({ queued, running }: Depth, ensemble: string): number {
  const isOf = ({ run }: OutRun) => run.startsWith(`${ensemble}-`)
  return queued.filter(isOf).length + running.filter(isOf).length
}

function outRuns(hash: Record<string, string>): OutRun[] {
  return Object.entries(hash).map(([run, text]) => ({ ...stored<Omit<OutRun, 'run'>>(text), run }))
}
