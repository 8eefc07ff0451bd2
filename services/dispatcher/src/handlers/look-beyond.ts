/** What each pool's rounds look beyond (`domain/beyond.ts`), in this process' memory: a hint, which is soon forgotten. */
import { beyondHeads, isBefore, lineKey, stampOf, type Beyond } from '../domain/beyond.ts'
import type { Passed } from '../domain/fair-share.ts'
import type { Host } from '../domain/placement.ts'
import { lineOf, type RunRecord } from '../domain/record.ts'
import type { Backlog, Clock } from '../ports.ts'

/**
 * Another dispatcher may bring a run back into its line, in front of what is looked beyond here. After so long all is
 * looked at again.
 */
const KEPT_MS = 10_000
/**
 * What took long to find is kept for so many times as long, or a line of very many such runs would never be gone
 * through, and the feed would do nothing else; but not for ever.
 */
const KEPT_TIMES = 9
const LONGEST_MS = 600_000

/**
 * `stamp`: of the workers by which it was found, once something was; `began`: the round in hand, with these `hosts`;
 * `touched`: lines that a run came back into since then.
 */
type Known = {
  stamp?: string
  hosts: readonly Host[]
  since: number
  until: number
  began: number
  lines: Map<string, string>
  touched: Set<string>
}

export type LookBeyond = {
  /** What was found last. */
  of(pool: string): Beyond
  /** What a round of this pool, with these live workers, looks beyond. */
  begin(pool: string, hosts: readonly Host[]): Beyond
  /** Whether that round found more of it: then the next one sees what is behind. */
  found(backlog: Backlog, passed: readonly Passed[]): boolean
  /** A run has come back into its line, perhaps in front of what is looked beyond. */
  cameBack(run: RunRecord): void
}

export function lookBeyond(clock: Pick<Clock, 'now'>): LookBeyond {
  const pools = new Map<string, Known>()
  return {
    of: (pool) => new Map(pools.get(pool)?.lines),
    begin(pool, hosts) {
      const known = pools.get(pool)
      const now = clock.now()
      // where nothing is looked beyond, as mostly, nobody need know whether the workers are the same
      const isValid =
        known !== undefined && known.lines.size > 0 && known.until > now && known.stamp === stampOf(hosts)
      const lines = new Map(isValid ? known.lines : [])
      const kept = isValid ? known : { since: now, until: now + KEPT_MS }
      pools.set(pool, { ...kept, hosts, began: now, lines, touched: new Set() })
      return new Map(lines)
    },
    found({ pool, shares, fresh }, passed) {
      const known = pools.get(pool)!
      const { lines, touched, since, until, began } = known
      let isMore = false
      for (const [line, last] of beyondHeads(shares, passed, (run) => fresh.has(run)))
        if (!touched.has(line) && lines.get(line) !== last) {
          lines.set(line, last)
          isMore = true
        }
      if (isMore) {
        known.stamp ??= stampOf(known.hosts)
        known.until = Math.min(since + LONGEST_MS, until + (1 + KEPT_TIMES) * (clock.now() - began))
      }
      if (lines.size === 0) pools.delete(pool)
      return isMore
    },
    cameBack({ id, pool, submitter, ...run }) {
      const known = pools.get(pool)
      const line = lineKey(lineOf(run), submitter)
      known?.touched.add(line)
      const last = known?.lines.get(line)
      if (last !== undefined && isBefore(id, last)) known?.lines.delete(line)
    },
  }
}
