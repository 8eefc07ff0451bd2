/** Levels against the parameter that they are for. */
import { levelKinds, misfit, type Levels } from '@carya/contracts'
import { spaced } from './levels.ts'
import type { PinnedLevels } from './pinned.ts'
import { notNumeric, pinValues, type Misfit, type Subject } from './subject.ts'

/** The levels as they are kept, or everything that is wrong with them. */
export function pinLevels(subject: Subject, given: Levels): { pinned: PinnedLevels } | { misfits: Misfit[] } {
  const kind = levelKinds.find((each) => given[each] !== undefined)!
  if (kind === 'values') {
    const { kept, misfits } = pinValues(subject, given.values!)
    if (misfits.length === 0) return { pinned: { kind, values: kept } }
    return { misfits: misfits.map(({ at, detail }) => ({ at: [kind, ...at], detail })) }
  }
  const unfit = notNumeric(subject)
  if (unfit !== undefined) return { misfits: [{ at: [kind], detail: unfit }] }
  const [first, last, count] = given[kind]!
  const pinned = { kind, first, last, count }
  const bad = firstMisfit(subject, pinned)
  return bad === undefined ? { pinned } : { misfits: [{ at: [kind], detail: bad }] }
}

/**
 * The first level that does not fit. Levels lie between their ends, so that those of a number need no look at each; and
 * those of an integer are soon found to be whole by their step, or not to be whole.
 */
function firstMisfit({ parameter }: Subject, levels: Exclude<PinnedLevels, { kind: 'values' }>) {
  const { kind, first, last, count } = levels
  const wrong = [first, last].map((end) => misfit(parameter!, end)).find((each) => each !== undefined)
  if (wrong !== undefined || parameter!.type === 'number') return wrong
  if (kind === 'linspace' && Number.isSafeInteger((last - first) / (count - 1))) return undefined
  for (let at = 1; at < count - 1; at += 1) {
    const level = spaced(levels, at)
    const bad = misfit(parameter!, level)
    if (bad !== undefined) return `${bad} at each level: one of these is ${level}`
  }
  return undefined
}
