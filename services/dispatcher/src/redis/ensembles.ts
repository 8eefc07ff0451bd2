/** Ensembles in Redis: records, what was pinned, and their lists. */
import { isEnded } from '@carya/contracts'
import type { Redis } from 'ioredis'
import { randomUUID } from 'node:crypto'
import type { EnsembleRecord, EnsembleSpec } from '../domain/ensemble-record.ts'
import { endWords } from '../domain/member.ts'
import type { OutMessage } from '../domain/messages.ts'
import type { EnsembleQuery, EnsembleStore } from '../ensemble-ports.ts'
import type { Changed } from '../ports.ts'
import { commit, type Guard, type Write } from './commit.ts'
import { againWrites, ensembleGuard, ensembleWrites, forgetEnsembleWrites } from './ensemble-writes.ts'
import { claim } from './claim.ts'
import { idOfIndexName, indexName, keys } from './keys.ts'
import { liveMembers, readFacts, readOut } from './members.ts'
import type { Outbox } from './outbox.ts'
import type { Retention } from './run-writes.ts'
import { keyOf, keyWrites } from './submission-key.ts'
import { stored } from './stored.ts'

/** Records looked at for one answer, and so many at once. */
const SCAN = 2000
const PAGE = 100
/** What is laid beside for a commit goes by itself where its dispatcher dies. */
const BESIDE_SECONDS = 600
/** Specs that this process keeps, in bytes of their text: one may be a MiB, most are a thousandth of that. */
const KEPT_BYTES = 32 * 2 ** 20

export function openEnsembles(redis: Redis, outbox: Outbox, retention: Retention): EnsembleStore {
  const specs = new Map<string, { spec: EnsembleSpec; bytes: number }>()
  let keptBytes = 0

  async function apply(
    guards: Guard[],
    writes: Write[],
    out: OutMessage[],
    fresh?: string,
  ): Promise<Changed> {
    const result = await commit(redis, { guards, writes, out })
    // nobody else can have made it: the answer was lost, and somebody has changed it since (H12)
    if (!result.committed) return fresh !== undefined && result.conflict === fresh ? 'done' : 'conflict'
    outbox.send(result.entries)
    return 'done'
  }

  async function read(id: string): Promise<EnsembleRecord | undefined> {
    const record = await redis.hget(keys.ensemble(id), 'record')
    return record === null ? undefined : stored<EnsembleRecord>(record)
  }

  function keep(spec: EnsembleSpec, bytes: number): void {
    drop(spec.id)
    specs.set(spec.id, { spec, bytes })
    keptBytes += bytes
    for (const id of specs.keys()) {
      if (keptBytes <= KEPT_BYTES) break
      drop(id)
    }
  }

  function drop(id: string): void {
    keptBytes -= specs.get(id)?.bytes ?? 0
    specs.delete(id)
  }

  const writeSpec = (spec: EnsembleSpec): Write => ['SET', keys.spec(spec.id), JSON.stringify(spec)]

  return {
    read,
    async spec({ id, state }) {
      const kept = specs.get(id)
      if (kept) return kept.spec
      const text = await redis.get(keys.spec(id))
      if (text === null) return undefined
      const spec = stored<EnsembleSpec>(text)
      // while its table is read it will change once more
      if (state !== 'checking') keep(spec, text.length)
      return spec
    },
    async create({ record, spec }, name, body, out) {
      const key = keys.ensemble(record.id)
      const guards: Guard[] = [{ key, version: '' }]
      const writes: Write[] = [writeSpec(spec)]
      if (name) {
        const named = keyOf(name)
        writes.push(...keyWrites(named, Number(name.version || 0) + 1, record.id, body))
        if (name.kind !== 'taken') guards.push({ key: named, version: name.version })
        else writes.push(['EXPIRE', named, retention.seconds])
      }
      writes.push(...ensembleWrites(undefined, record, retention))
      return apply(guards, writes, out, key)
    },
    async change(before, after, out, { spec, again } = {}) {
      const writes = ensembleWrites(before, after, retention)
      if (spec) writes.push(writeSpec(spec))
      if (again) writes.push(...againWrites(after.id))
      return apply([ensembleGuard(before)], writes, out)
    },
    facts: (id) => readFacts(redis, id),
    out: (record) => readOut(redis, record),
    async list(query) {
      const items: EnsembleRecord[] = []
      let from = query.after === undefined ? '+' : `(${indexName(query.after)}`
      for (let looked = 0; looked < SCAN; looked += PAGE) {
        const names = await redis.zrevrangebylex(keys.ensembles, from, '-', 'LIMIT', 0, PAGE)
        for (const record of await Promise.all(names.map((name) => read(idOfIndexName(name))))) {
          if (!record || !matches(record, query)) continue
          items.push(record)
          if (items.length === query.limit) return { items, next: record.id }
        }
        const last = names.at(-1)
        if (last === undefined || names.length < PAGE) return { items }
        from = `(${last}`
      }
      return { items, next: idOfIndexName(from.slice(1)) }
    },
    open: () => redis.smembers(keys.openEnsembles),
    members: (id) => liveMembers(redis, id),
    async rows(id, most) {
      const entries = await redis.xrange(keys.rows(id), '-', '+', 'COUNT', most)
      return entries.map(([entry, fields]) => ({ id: entry, row: fields[1] ?? '' }))
    },
    claimResults: (id) => claim(redis, keys.results(id)),
    rowCount: (id) => redis.xlen(keys.rows(id)),
    async trim(id, upTo) {
      const [ms = '0', count = '0'] = upTo.split('-')
      await redis.xtrim(keys.rows(id), 'MINID', `${ms}-${Number(count) + 1}`)
    },
    async restore(record, spec, ends) {
      const { submission, submitter } = record
      // what hosts hold may have been made again already
      const live = new Set((await redis.smembers(keys.live(record.id))).map(Number))
      const guards: Guard[] = [{ key: keys.ensemble(record.id), version: '' }]
      const writes: Write[] = [writeSpec(spec), ...ensembleWrites(undefined, record, retention)]
      // laid beside, and taken in only by the commit: another dispatcher may have made it again, and gone on
      const mine = randomUUID()
      for (const [key, bits] of bitsOf(record.id, ends, live)) {
        const beside = `${key}:${mine}`
        await redis.set(beside, bits, 'EX', BESIDE_SECONDS)
        writes.push(['BITOP', 'OR', key, key, beside], ['DEL', beside])
      }
      const named = submission && keyOf({ ...submission, submitter })
      // a key that names a newer submission since then stays that one's
      if (named !== undefined && (await redis.hget(named, 'version')) === null) {
        guards.push({ key: named, version: '' })
        writes.push(...keyWrites(named, 1, record.id, submission!.body))
      }
      return apply(guards, writes, [])
    },
    async forget(endedBefore, most) {
      const ids = await redis.zrangebyscore(keys.endedEnsembles, '-inf', endedBefore, 'LIMIT', 0, most)
      for (const id of ids) {
        const record = await read(id)
        if (record && isEnded(record.state))
          await apply([ensembleGuard(record)], forgetEnsembleWrites(record), [])
        else if (!record) await redis.zrem(keys.endedEnsembles, id)
        drop(id)
      }
      return ids.length
    },
  }
}

/** Sets of bits of ended members, and of those that are to run. The lowest index is the highest bit of its byte. */
function bitsOf(id: string, ends: Uint8Array, live: ReadonlySet<number>): Map<string, Buffer> {
  const all = new Map<string, Buffer>()
  const set = (key: string, index: number) => {
    const bits = all.get(key) ?? Buffer.alloc(Math.ceil(ends.length / 8))
    bits[index >> 3]! |= 0x80 >> (index & 7)
    all.set(key, bits)
  }
  for (const [index, end] of ends.entries()) {
    const word = endWords[end - 1]
    if (word === undefined && live.has(index)) continue
    set(word === undefined ? keys.again(id) : keys.endedMembers(id, word), index)
    if (word !== undefined) set(keys.endedMembers(id, 'any'), index)
  }
  return all
}

function matches(record: EnsembleRecord, { state, model, submitter, labels }: EnsembleQuery): boolean {
  return (
    (state === undefined || record.state === state) &&
    (model === undefined || record.model === model || record.model.split('@')[0] === model) &&
    (submitter === undefined || record.submitter === submitter) &&
    Object.entries(labels).every(([name, value]) => record.labels[name] === value)
  )
}
