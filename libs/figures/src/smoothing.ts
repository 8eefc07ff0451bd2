/** Fewer steps for long series: a band of daily values is jagged, and its picture large. */
import type { Times } from './time-axis.ts'

/** Steps that are drawn as they are, at most. */
const MOST_STEPS = 500
/** Means that replace more than these, at most. */
const MOST_MEANS = 400
const HOUR = 3_600_000
const DAY = 24 * HOUR
const SPANS = [
  { milliseconds: HOUR, words: 'hourly means' },
  { milliseconds: 3 * HOUR, words: '3-hour means' },
  { milliseconds: 6 * HOUR, words: '6-hour means' },
  { milliseconds: DAY, words: 'daily means' },
  { milliseconds: 7 * DAY, words: '7-day means' },
  { milliseconds: 14 * DAY, words: '14-day means' },
  { milliseconds: 28 * DAY, words: '28-day means' },
] as const

const UNNAMED = 'means over several time steps'

export type Blocks = { steps: number; words?: string }

/** How many steps are drawn as one, and what these means are called. */
export function blocksOf(times: Times): Blocks {
  const count = times.values.length
  if (count <= MOST_STEPS) return { steps: 1 }
  const least = Math.ceil(count / MOST_MEANS)
  if (times.kind === 'dates') {
    const step = ((times.values.at(-1) ?? 0) - (times.values[0] ?? 0)) / (count - 1)
    for (const span of SPANS) {
      const steps = Math.round(span.milliseconds / step)
      const isWhole = Math.abs(steps * step - span.milliseconds) < 0.01 * span.milliseconds
      if (isWhole && steps >= least && steps <= 4 * least) return { steps, words: span.words }
    }
  }
  return { steps: least, words: `means over ${least} time steps` }
}

/** What the means of a series are called that came as means, by the time between them. */
export function wordsOfThinned(times: Times): string {
  const [first = 0, second = 0] = times.kind === 'dates' ? times.values : []
  const step = second - first
  if (step === 0) return UNNAMED
  if (step === DAY) return 'daily means'
  if (step % DAY === 0) return `${step / DAY}-day means`
  if (step === HOUR) return 'hourly means'
  return step % HOUR === 0 ? `${step / HOUR}-hour means` : UNNAMED
}

/** Means over blocks of steps, without what is missing; missing where all of a block is. */
export function meansOf(values: readonly (number | null)[], steps: number): (number | null)[] {
  if (steps === 1) return [...values]
  const means: (number | null)[] = []
  for (let from = 0; from < values.length; from += steps) {
    const block = values.slice(from, from + steps).filter((value) => value !== null)
    means.push(block.length === 0 ? null : block.reduce((sum, value) => sum + value / block.length, 0))
  }
  return means
}

/** The middle of each block; of names, the first. */
export function timesOf(times: Times, steps: number): Times {
  if (times.kind === 'names')
    return { kind: 'names', values: times.values.filter((_, at) => at % steps === 0) }
  return { kind: times.kind, values: meansOf(times.values, steps).map(Number) }
}
