/** Long series made short enough for a picture. Pure. */

const MOST_STEPS = 500
const WEEK = 7

/** How many steps make one: 1 where there are few enough, else 7, or as many as leave 500. */
export function thinning(steps: number): number {
  if (steps <= MOST_STEPS) return 1
  return steps / WEEK <= MOST_STEPS ? WEEK : Math.ceil(steps / MOST_STEPS)
}

/** Means over `by` steps each, of the values that are there; null where none is. */
export function means(values: readonly (number | null)[], by: number): (number | null)[] {
  return groups(values, by).map((group) => {
    const there = group.filter((value) => value !== null)
    if (there.length === 0) return null
    return there.length === 1 ? there[0]! : there.reduce((sum, value) => sum + value / there.length, 0)
  })
}

/** The time in the middle of each group. */
export function middles(times: readonly string[], by: number): string[] {
  return groups(times, by).map((group) => group[Math.floor((group.length - 1) / 2)]!)
}

function groups<T>(values: readonly T[], by: number): T[][] {
  return Array.from({ length: Math.ceil(values.length / by) }, (_, i) => values.slice(i * by, (i + 1) * by))
}
