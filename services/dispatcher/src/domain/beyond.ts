/**
 * Runs that no live worker can hold wait in front of others that could run. Of a line only the head is looked at, so
 * enough of them would hide what is behind: once a round has found a whole head of such runs, the next ones look
 * beyond it, until something has changed. What is looked beyond stays where it is and keeps its place.
 */
import { isNever, type Passed, type Share } from './fair-share.ts'
import type { Host } from './placement.ts'

/** By line: the last run that is looked beyond, or that all of it is. */
export type Beyond = ReadonlyMap<string, string>

/**
 * Of an ensemble's line whose fresh members are hopeless, which are alike: there is nothing to be found behind. Those that
 * are tried again may ask for more than others do.
 */
export const ALL = '*'

/** What a line is called here. */
export function lineKey(name: string, submitter: string): string {
  return `${name}:${submitter}`
}

/**
 * What this round has found to be looked beyond. `isFresh`: of members that have no record yet, and so stand in no line
 * by themselves.
 */
export function beyondHeads(
  shares: readonly Share[],
  passed: readonly Passed[],
  isFresh: (run: string) => boolean,
): Map<string, string> {
  const hopeless = new Set(passed.filter(({ verdict }) => isNever(verdict)).map(({ run }) => run))
  const found = new Map<string, string>()
  if (hopeless.size === 0) return found
  for (const { submitter, lines } of shares)
    for (const line of lines) {
      const standing = line.head.filter(({ run }) => !isFresh(run))
      const isHopeless = (those: Share['lines'][number]['head']) =>
        those.length > 0 && those.every(({ run }) => hopeless.has(run))
      const key = lineKey(line.name, submitter)
      if (standing.length < line.head.length && isHopeless(line.head)) found.set(key, ALL)
      else if (isHopeless(standing)) found.set(key, standing.at(-1)!.run)
    }
  return found
}

/** Names what these workers can hold and allow: while it is the same, so is what none of them can. */
export function stampOf(hosts: readonly Host[]): string {
  return JSON.stringify(
    hosts
      .map(({ worker, size, policy }) => [worker, size, policy])
      .toSorted(([a], [b]) => (a! < b! ? -1 : 1)),
  )
}

/** Whether a run that comes (back) into its line stands before what is looked beyond: ids are in order of time. */
export function isBefore(run: string, last: string): boolean {
  return last === ALL || run <= last
}
