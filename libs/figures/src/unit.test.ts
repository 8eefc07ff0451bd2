import { expect, test } from 'vitest'
import { printedUnit, withUnit } from './unit.ts'

test.each([
  ['g C m-2 d-1', 'g C m⁻² d⁻¹'],
  ['m2 m-2', 'm² m⁻²'],
  ['(degree C)-1', '(degree C)⁻¹'],
  ['umol CO2 m-2 s-1', 'umol CO2 m⁻² s⁻¹'],
  ['1e-7', '1e-7'],
  ['ppm', 'ppm'],
  ['degrees north', 'degrees north'],
])('%s is printed as %s', (unit, printed) => {
  expect(printedUnit(unit)).toBe(printed.replaceAll(' ', '\u00a0'))
})

test('a unit stands in brackets, with the power of ten it is counted in', () => {
  expect(withUnit('gpp', 'kg')).toBe('gpp (kg)')
  expect(withUnit('gpp', 'kg', 6)).toBe('gpp (10⁶\u00a0kg)')
  expect(withUnit('gpp', undefined, -9)).toBe('gpp (×10⁻⁹)')
  expect(withUnit('gpp', ' ')).toBe('gpp')
  expect(withUnit('q', '(degree C)-1')).toBe('q [(degree\u00a0C)⁻¹]')
})
