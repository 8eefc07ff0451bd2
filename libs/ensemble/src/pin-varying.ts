/** What varies by a distribution of its own, or as the manifest says. */
import { VERSION, type Distribution, type Parameter, type Varying } from '@carya/contracts'
import { pinDistribution } from './pin-distribution.ts'
import type { PinnedDistribution } from './pinned.ts'
import type { Misfit, Subject } from './subject.ts'

/** The distribution as it is kept, whoever gave it, so that a later manifest changes no ensemble. */
export function pinVarying(
  subject: Subject,
  { manifest, ...given }: Varying,
): { pinned: PinnedDistribution } | { misfits: Misfit[] } {
  if (manifest === undefined) return pinDistribution(subject, given)
  // each version is pinned by itself, so which of them are to run must be said
  if (subject.column.name === VERSION)
    return { misfits: [{ at: ['manifest'], detail: 'values: the versions of the model that are to run' }] }
  const distribution = subject.parameter && usualOf(subject.parameter)
  if (!distribution) {
    const detail = subject.parameter
      ? 'a distribution: the manifest gives this parameter neither one nor a range'
      : 'values: an input takes only a list'
    return { misfits: [{ at: ['manifest'], detail }] }
  }
  const outcome = pinDistribution(subject, distribution)
  if ('pinned' in outcome) return outcome
  return { misfits: outcome.misfits.map(({ detail }) => ({ at: ['manifest'], detail })) }
}

/** How a parameter varies where nothing is said: by its distribution, else evenly over its range, or all it can be. */
function usualOf({ type, distribution, range, choices }: Parameter): Distribution | undefined {
  if (distribution) return distribution
  if (range) return range[0] < range[1] ? { uniform: range } : { values: [range[0]] }
  if (choices) return { values: choices }
  return type === 'boolean' ? { values: [false, true] } : undefined
}
