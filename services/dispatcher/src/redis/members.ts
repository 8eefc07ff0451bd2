/** What has become of an ensemble's members: sets of bits, the set of those that live, and rows on their way out. */
import { memberId, memberOf, tombstone, endWords } from '../domain/member.ts'
import type { FailureGroup, FailureKind } from '@carya/contracts'
import type { Redis } from 'ioredis'
import type { EnsembleRecord, MemberFacts, MembersOut } from '../domain/ensemble-record.ts'
import type { RunRecord } from '../domain/record.ts'
import { keys } from './keys.ts'

/** Members of one step over those that live. */
const STEP = 500

/** What is left of a member that has ended; undefined of a run, and of a member that has not. */
export async function endedMember(redis: Redis, run: string): Promise<RunRecord | undefined> {
  const member = memberOf(run)
  if (!member) return undefined
  const bit = (word: string) => redis.getbit(keys.endedMembers(member.ensemble, word), member.index)
  const [isEnded, succeeded, cancelled] = await Promise.all(['any', 'succeeded', 'cancelled'].map(bit))
  if (isEnded !== 1) return undefined
  return tombstone(run, succeeded === 1 ? 'succeeded' : cancelled === 1 ? 'cancelled' : 'failed')
}

/** Bits are counted as they stand, so an end that is committed twice counts once (H20). */
export async function readFacts(redis: Redis, id: string): Promise<MemberFacts> {
  const words = endWords.map((word) => keys.endedMembers(id, word))
  const [live, again, counts, firsts] = await Promise.all([
    redis.scard(keys.live(id)),
    redis.bitpos(keys.again(id), 1),
    Promise.all(words.map((key) => redis.bitcount(key))),
    Promise.all(words.map((key) => redis.bitpos(key, 1))),
  ])
  const [succeeded = 0, cancelled = 0] = counts
  const failures = endWords.flatMap((word, i): FailureGroup[] => {
    const count = counts[i] ?? 0
    if (word === 'succeeded' || word === 'cancelled' || count === 0) return []
    const kind: FailureKind = word
    return [{ kind, count, example: memberId(id, firsts[i] ?? 0) }]
  })
  return {
    live,
    succeeded,
    cancelled,
    failures: failures.toSorted((one, other) => other.count - one.count),
    hasAgain: again >= 0,
  }
}

/** How many members are out: the pool's sets are as large as its workers have room. */
export async function readOut(redis: Redis, { id, pool }: EnsembleRecord): Promise<MembersOut> {
  const [queued, running] = await Promise.all([
    redis.hkeys(keys.queued(pool)),
    redis.hkeys(keys.running(pool)),
  ])
  const isOf = (run: string) => run.startsWith(`${id}-`)
  return { queued: queued.filter(isOf).length, running: running.filter(isOf).length }
}

/** Ids of members that live, a step at a time. */
export async function* liveMembers(redis: Redis, id: string): AsyncGenerator<string[]> {
  let cursor = '0'
  do {
    const [next, indices] = await redis.sscan(keys.live(id), cursor, 'COUNT', STEP)
    cursor = next
    if (indices.length > 0) yield indices.map((index) => memberId(id, Number(index)))
  } while (cursor !== '0')
}
