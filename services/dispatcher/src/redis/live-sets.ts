/**
 * Finds what disagrees between runs' records and the sets beside them (lines, due times, depth, leases, the lists by
 * live state), a bounded step of each at a time (H21): the record is right, the sets follow it. Each look goes on
 * where the last one ended; all keys are never scanned.
 *
 * No moment is seen whole, so what looks wrong is read again in this order: the record, then its entry. All that
 * changes an entry changes the record's version, and the mending commit is guarded by it.
 */
import type { Redis } from 'ioredis'
import type { OutRun } from '../domain/placement.ts'
import type { RunRecord } from '../domain/record.ts'
import type { Disagreement, LiveSets, Mending } from '../ports.ts'
import { commit, type Guard, type Write } from './commit.ts'
import { idOfIndexName, keys } from './keys.ts'
import { mendedWrite } from './mended.ts'
import { guardOf } from './runs.ts'
import { liveWrites } from './run-writes.ts'
import { stored } from './stored.ts'

type Entry = { key: string; member: string; type: 'hash' | 'sorted' }
type Found = { id: string; entry: Entry }
/** One set, and how a page of it is read; the cursor of the beginning, and of the end, is empty. */
type Source = {
  key: string
  page: (cursor: string) => Promise<{ found: Found[]; next: string }>
  /** whether what its runs lack elsewhere is looked for too */
  whole: boolean
}

const STEP = 1000
/** Records read at once: one may be a MiB. */
const AT_ONCE = 64
const LIVE = ['pending', 'queued', 'running'] as const

export function openLiveSets(redis: Redis): LiveSets {
  const cursors = new Map<string, string>()

  async function read(id: string): Promise<RunRecord | undefined> {
    const record = await redis.hget(keys.run(id), 'record')
    return record === null ? undefined : stored<RunRecord>(record)
  }

  const has = async ({ key, member, type }: Entry): Promise<boolean> =>
    type === 'hash' ? (await redis.hexists(key, member)) === 1 : (await redis.zscore(key, member)) !== null

  const hash = (key: string): Source => ({
    key,
    whole: false,
    async page(cursor) {
      const [next, pairs] = await redis.hscan(key, cursor || '0', 'COUNT', STEP)
      const ids = pairs.filter((_, i) => i % 2 === 0)
      return { found: ids.map((id) => ({ id, entry: { key, member: id, type: 'hash' } })), next: ended(next) }
    },
  })
  const sorted = (key: string): Source => ({
    key,
    whole: false,
    async page(cursor) {
      const [next, pairs] = await redis.zscan(key, cursor || '0', 'COUNT', STEP)
      const ids = pairs.filter((_, i) => i % 2 === 0)
      return {
        found: ids.map((id) => ({ id, entry: { key, member: id, type: 'sorted' } })),
        next: ended(next),
      }
    },
  })
  const index = (key: string): Source => ({
    key,
    whole: true,
    async page(cursor) {
      const names = await redis.zrangebylex(key, cursor === '' ? '-' : `(${cursor}`, '+', 'LIMIT', 0, STEP)
      const found = names.map((member): Found => ({
        id: idOfIndexName(member),
        entry: { key, member, type: 'sorted' },
      }))
      return { found, next: names.length < STEP ? '' : names.at(-1)! }
    },
  })

  async function sources(): Promise<Source[]> {
    const [pools, workers] = await Promise.all([
      redis.smembers(keys.pools),
      redis.zrevrange(keys.workers, 0, STEP - 1),
    ])
    return [
      ...LIVE.map((state) => index(keys.byState(state))),
      ...pools.flatMap((pool) => [hash(keys.queued(pool)), hash(keys.running(pool))]),
      ...[keys.due, keys.deadlines].map(sorted),
      ...workers.map((worker) => hash(keys.held(worker))),
    ]
  }

  /** Undefined where all is as the record says. */
  async function judge({ id, entry }: Found, whole: boolean): Promise<Disagreement | undefined> {
    const run = await read(id)
    const due = run ? entriesOf(run) : []
    const belongs = due.some((each) => each.key === entry.key && each.member === entry.member)
    const isStray = !belongs && (await has(entry))
    const missing = whole && run ? await absent(due) : []
    if (!isStray && missing.length === 0) return undefined
    const remove: Write[] = isStray
      ? [[entry.type === 'hash' ? 'HDEL' : 'ZREM', entry.key, entry.member]]
      : []
    const kind = missing.length === 0 ? 'stray-entry' : kindOf(missing)
    const guards: Guard[] = [run ? guardOf(run) : { key: keys.run(id), version: '' }]
    const writes = [...remove, ...(run ? liveWrites(run) : []), mendedWrite(kind)]
    const where = [...(isStray ? [entry] : []), ...missing].map((each) => each.key)
    return {
      run: id,
      kind,
      where,
      ...(run ? { pool: run.pool } : {}),
      mend: async () => (await commit(redis, { guards, writes, out: [] })).committed,
    }
  }

  async function absent(entries: readonly Entry[]): Promise<Entry[]> {
    const present = await Promise.all(entries.map(has))
    return entries.filter((_, i) => !present[i])
  }

  return {
    async queued(pool) {
      const all = await redis.hgetall(keys.queued(pool))
      return Object.entries(all).map(([run, value]) => ({ ...stored<Omit<OutRun, 'run'>>(value), run }))
    },
    async *disagreements() {
      for (const { key, page, whole } of await sources()) {
        const { found, next } = await page(cursors.get(key) ?? '')
        if (next === '') cursors.delete(key)
        else cursors.set(key, next)
        for (let from = 0; from < found.length; from += AT_ONCE) {
          const some = found.slice(from, from + AT_ONCE)
          const judged = await Promise.all(some.map((each) => judge(each, whole)))
          yield* judged.filter((each) => each !== undefined)
        }
      }
    },
  }
}

const ended = (cursor: string): string => (cursor === '0' ? '' : cursor)

/** All that must stand in live sets for a run. */
function entriesOf(run: RunRecord): Entry[] {
  return liveWrites(run).flatMap(([command, key, ...words]): Entry[] => {
    if (command === 'HSET') return [{ key, member: String(words[0]), type: 'hash' }]
    return command === 'ZADD' ? [{ key, member: String(words.at(-1)), type: 'sorted' }] : []
  })
}

function kindOf(missing: readonly Entry[]): Mending {
  return missing.some((each) => each.key.endsWith(':held')) ? 'missing-lease' : 'misplaced-run'
}
