/** Levels of a parameter by their place, computed one by one. */
import exp from '@stdlib/math-base-special-exp'
import ln from '@stdlib/math-base-special-ln'
import type { PinnedLevels, PinnedValue } from './pinned.ts'

export function countOf(levels: PinnedLevels): number {
  return levels.kind === 'values' ? levels.values.length : levels.count
}

/** The level at a place of [0, count): both ends exactly as given, those between to 15 digits, as they would be written. */
export function levelAt(levels: PinnedLevels, at: number): PinnedValue {
  return levels.kind === 'values' ? levels.values[at]! : spaced(levels, at)
}

/** The same for numbers that are spaced evenly, or evenly in their logarithm. */
export function spaced(levels: Exclude<PinnedLevels, { kind: 'values' }>, at: number): number {
  const { kind, first, last, count } = levels
  if (at === 0) return first
  if (at === count - 1) return last
  const part = at / (count - 1)
  const step = (last - first) / (count - 1)
  // whole steps need no rounding
  if (kind === 'linspace' && Number.isSafeInteger(first) && Number.isSafeInteger(step))
    return first + at * step
  const value =
    kind === 'linspace' ? first * (1 - part) + last * part : exp(ln(first) * (1 - part) + ln(last) * part)
  const [low, high] = first < last ? [first, last] : [last, first]
  return Math.min(Math.max(Number(value.toPrecision(15)), low), high) + 0
}
