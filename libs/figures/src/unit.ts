/** Units as print sets them. */
import { clean } from './label.ts'

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹'
/** Units of length whose square or cube is written without a sign, as in `m2`. */
const LENGTH = /^([kcdhmµ]?m)([23])$/u
const NEGATIVE = /^([A-Za-zµΩ°%)(][^\d-]*)-(\d{1,2})$/u

/** `g C m-2 d-1` as g C m⁻² d⁻¹, all on one line. What is no exponent for certain (`CO2`, `1e-7`) stays as it is. */
export function printedUnit(unit: string): string {
  return clean(unit)
    .split(' ')
    .map((word) =>
      word
        .replace(NEGATIVE, (_, base: string, power: string) => `${base}⁻${raised(power)}`)
        .replace(LENGTH, (_, base: string, power: string) => `${base}${raised(power)}`),
    )
    .join('\u00a0')
}

/** A whole number as an exponent. */
export function raised(power: string): string {
  return power.replace('-', '⁻').replaceAll(/\d/gu, (digit) => RAISED.charAt(Number(digit)))
}

/** Words with their unit in brackets, if they have one, and the power of ten in which it is counted. */
export function withUnit(name: string, unit: string | undefined, power = 0): string {
  const printed = unit === undefined || unit.trim() === '' ? '' : printedUnit(unit)
  const factor = power === 0 ? '' : `10${raised(String(power))}`
  const inside = [printed === '' && factor !== '' ? `×${factor}` : factor, printed].filter(
    (part) => part !== '',
  )
  if (inside.length === 0) return clean(name)
  const text = inside.join('\u00a0')
  return /[()]/u.test(text) ? `${clean(name)} [${text}]` : `${clean(name)} (${text})`
}
