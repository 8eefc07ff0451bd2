/** Runs in Redis: records, their idempotency keys and the lists that people ask for. */
import type { Redis } from 'ioredis'
import type { OutMessage } from '../domain/messages.ts'
import type { RunRecord } from '../domain/record.ts'
import type { Changed, ListQuery, RunStore } from '../ports.ts'
import { commit, type Commit, type Guard, type Write } from './commit.ts'
import { idOfIndexName, indexName, keys } from './keys.ts'
import type { KnownRuns } from './known-runs.ts'
import { mendedWrite } from './mended.ts'
import type { Outbox } from './outbox.ts'
import { endedMember } from './members.ts'
import { stored } from './stored.ts'
import { keyOf, keyWrites } from './submission-key.ts'
import { forgetWrites, runWrites, type Retention } from './run-writes.ts'

/** records looked at for one answer */
const SCAN = 2000
/** and so many at once: one may be a MiB */
const PAGE = 50
export const FEED_LENGTH = 10_000

export function openRuns(redis: Redis, outbox: Outbox, retention: Retention, known: KnownRuns): RunStore {
  /** `fresh`: a run whose id was made for this commit. */
  async function apply(plan: Commit, written: RunRecord[], fresh?: RunRecord): Promise<Changed> {
    const result = await commit(redis, plan)
    // nobody else can have made it: the answer was lost, and another dispatcher has changed the run since (H12)
    if (!result.committed && fresh && result.conflict === keys.run(fresh.id)) return 'done'
    if (!result.committed) return 'conflict'
    for (const run of written) known.set(run)
    outbox.send(result.entries)
    return 'done'
  }

  async function read(id: string): Promise<RunRecord | undefined> {
    const record = await redis.hget(keys.run(id), 'record')
    return record === null ? endedMember(redis, id) : stored<RunRecord>(record)
  }

  async function readAll(ids: readonly string[]): Promise<(RunRecord | undefined)[]> {
    return Promise.all(ids.map(read))
  }

  return {
    read,
    lastKnown: (id) => known.get(id),
    async create(run, name, body, out) {
      const guards: Guard[] = [{ key: keys.run(run.id), version: '' }]
      const writes: Write[] = []
      if (name) {
        const key = keyOf(name)
        writes.push(...keyWrites(key, Number(name.version || 0) + 1, run.id, body))
        // two equal messages without a key are two requests; only a redelivered one is looked up
        if (name.kind !== 'taken') guards.push({ key, version: name.version })
        // no record knows of it: it goes by itself
        else writes.push(['EXPIRE', key, retention.seconds])
      }
      writes.push(...runWrites(undefined, run, retention), ...feedWrites(out))
      return apply({ guards, writes, out }, [run], run)
    },
    async rebuild(made, out) {
      const guards: Guard[] = [{ key: keys.run(made.id), version: '' }]
      const writes: Write[] = []
      let run = made
      const { submission, submitter, ...keyless } = made
      if (submission) {
        const key = keyOf({ ...submission, submitter })
        const [version, holder] = await redis.hmget(key, 'version', 'run')
        if (version === null) {
          guards.push({ key, version: '' })
          writes.push(...keyWrites(key, 1, made.id, submission.body))
        }
        // a key that names a newer run since then stays that run's, and must not go with the end of this one
        else if (holder !== made.id) run = { ...keyless, submitter }
      }
      writes.push(...runWrites(undefined, run, retention), ...feedWrites(out))
      // of an ensemble that was made again from the store it may be one of those to run: its host runs it
      if (run.ensemble !== undefined) writes.push(['SETBIT', keys.again(run.ensemble), run.index ?? 0, 0])
      return apply({ guards, writes, out }, [run])
    },
    async change(before, after, out, mending) {
      return apply(
        {
          guards: [guardOf(before)],
          writes: [
            ...runWrites(before, after, retention),
            ...feedWrites(out),
            ...(mending === undefined ? [] : [mendedWrite(mending)]),
          ],
          out,
        },
        [after],
      )
    },
    async keyed(name) {
      const [run, body, version] = await redis.hmget(keyOf(name), 'run', 'body', 'version')
      return typeof run === 'string' && typeof body === 'string'
        ? { run, body, version: version ?? '' }
        : undefined
    },
    async list(query) {
      const index = await narrowest(redis, query)
      const items: RunRecord[] = []
      let from = query.after === undefined ? '+' : `(${indexName(query.after)}`
      for (let looked = 0; looked < SCAN; looked += PAGE) {
        const names = await redis.zrevrangebylex(index, from, '-', 'LIMIT', 0, PAGE)
        for (const run of await readAll(names.map(idOfIndexName))) {
          if (!run || !matches(run, query)) continue
          items.push(run)
          if (items.length === query.limit) return { items, next: run.id }
        }
        const last = names.at(-1)
        if (last === undefined || names.length < PAGE) return { items }
        from = `(${last}`
      }
      return { items, next: idOfIndexName(from.slice(1)) }
    },
    async live(state, after, most) {
      const from = after === undefined ? '-' : `(${indexName(after)}`
      const names = await redis.zrangebylex(keys.byState(state), from, '+', 'LIMIT', 0, most)
      return names.map(idOfIndexName)
    },
    async due(now, most) {
      return redis.zrangebyscore(keys.due, '-inf', now, 'LIMIT', 0, most)
    },
    async deadlines(now, most) {
      return redis.zrangebyscore(keys.deadlines, '-inf', now, 'LIMIT', 0, most)
    },
    async forget(endedBefore, most) {
      const ids = await redis.zrangebyscore(keys.ended, '-inf', endedBefore, 'LIMIT', 0, most)
      const runs = await readAll(ids)
      await Promise.all(
        runs.map(async (run, i) => {
          if (run) await apply({ guards: [guardOf(run)], writes: forgetWrites(run), out: [] }, [])
          else await redis.zrem(keys.ended, ids[i]!)
        }),
      )
      return ids.length
    },
  }
}

/** The guard that a run is still what was read. */
export function guardOf(run: RunRecord): Guard {
  return { key: keys.run(run.id), version: String(run.version) }
}

/** What watchers are told of a commit, written with it. */
export function feedWrites(out: readonly OutMessage[]): Write[] {
  return out
    .filter((message) => message.type.startsWith('carya.run.'))
    .map((message): Write => {
      const item = JSON.stringify({ kind: 'state', event: message.body })
      return ['XADD', keys.feed, 'MAXLEN', '~', FEED_LENGTH, '*', 'item', item]
    })
}

/** The index with the fewest entries that holds all that the query can want. */
async function narrowest(redis: Redis, query: ListQuery): Promise<string> {
  const candidates = [
    ...(query.state === undefined ? [] : [keys.byState(query.state)]),
    ...(query.model === undefined ? [] : [keys.byModel(query.model.split('@')[0]!)]),
    ...(query.submitter === undefined ? [] : [keys.bySubmitter(query.submitter)]),
    ...Object.entries(query.labels).map(([name, value]) => keys.byLabel(name, value)),
  ]
  if (candidates.length < 2) return candidates[0] ?? keys.submissions
  const sizes = await Promise.all(candidates.map(async (key) => ({ key, size: await redis.zcard(key) })))
  return sizes.toSorted((a, b) => a.size - b.size)[0]!.key
}

function matches(run: RunRecord, query: ListQuery): boolean {
  const { state, model, submitter, labels } = query
  return (
    (state === undefined || run.state === state) &&
    (model === undefined || run.model === model || run.model.split('@')[0] === model) &&
    (submitter === undefined || run.submitter === submitter) &&
    Object.entries(labels).every(([name, value]) => run.labels[name] === value)
  )
}
