/**
 * The demo's design: 24 members that vary three parameters together, spread evenly over ranges in which a temperate
 * forest is plausible. The same each time, so that two demos can be compared.
 */
import type { Design } from '@carya/contracts'

/** In the order of the table; ranges lie within those of the model. */
export const varied = {
  c_foliage_initial: [100, 700],
  f_auto: [0.42, 0.6],
  f_foliage: [0.1, 0.3],
} as const satisfies Record<string, readonly [number, number]>

export const MEMBERS = 24

/** A Latin hypercube: each parameter takes a value from each of 24 equal parts of its range. */
export function demoDesign(): Design {
  const ways = Object.entries(varied).map(([name, [low, high]]) => [name, { uniform: [low, high] }])
  return { kind: 'lhs', samples: MEMBERS, seed: 7, vary: Object.fromEntries(ways) }
}
