import { expect, test } from 'vitest'
import { numberText, tickLabels } from './number-text.ts'

test.each([
  [0, '0'],
  [1482.31, '1,482'],
  [-0.0125, '−0.0125'],
  [123_456, '123,500'],
  [2.5e9, '2.5×10⁹'],
  [-3.2e-7, '−3.2×10⁻⁷'],
])('%d is written as %s', (value, text) => {
  expect(numberText(value)).toBe(text)
})

test('numbers that differ little are written with the digits that differ', () => {
  expect(numberText(1000.123, 0.01)).toBe('1,000.123')
})

test('ticks too large or too small to be written out are counted in powers of ten', () => {
  expect(tickLabels([0, 20_000])).toEqual({ power: 0, axis: {} })
  expect(tickLabels([0, 2e7]).power).toBe(6)
  expect(tickLabels([-2e-8, 1e-8]).power).toBe(-9)
})
