/** Numbers as a reader wants them. */
import type { Extent } from './extent.ts'
import type { Spec } from './look.ts'
import { raised } from './unit.ts'

const PLAIN_FROM = 1e-3
const PLAIN_TO = 1e6
/** Below it, 10 to the power would itself be no exact number. */
const LEAST_POWER = -300
const isPlain = (size: number): boolean => size === 0 || (size >= PLAIN_FROM && size < PLAIN_TO)

/** A count with thousands separated: 12,345. */
export function countText(count: number): string {
  return count.toLocaleString('en-GB')
}

/** Four significant digits, or more of those that differ by less: 1,482, 0.0125, −3.2×10⁻⁷. */
export function numberText(value: number, difference = Infinity): string {
  const size = Math.abs(value)
  const shared = size > difference && difference > 0 ? Math.floor(Math.log10(size / difference)) : 0
  const digits = Math.min(Math.max(4, shared + 3), 15)
  if (isPlain(size))
    return value.toLocaleString('en-GB', { maximumSignificantDigits: digits }).replace('-', '−')
  const [mantissa = '', power = ''] = value.toExponential(digits - 1).split('e')
  return `${String(Number(mantissa)).replace('-', '−')}×10${raised(power.replace('+', ''))}`
}

/**
 * How the ticks of an axis are written: as they are, with thousands separated; where numbers would be long, in units of
 * a power of ten, which belongs into the axis' title.
 */
export function tickLabels([low, high]: Extent): { power: number; axis: Spec } {
  const size = Math.max(Math.abs(low), Math.abs(high))
  if (isPlain(size)) return { power: 0, axis: {} }
  const power = Math.max(3 * Math.floor(Math.log10(size) / 3), LEAST_POWER)
  return { power, axis: { labelExpr: `format(datum.value / 1e${power}, ',.10~g')` } }
}
