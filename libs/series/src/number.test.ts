import { expect, test } from 'vitest'
import { numberOf } from './number.ts'

test.each([
  ['1', 1],
  [' -1.5 ', -1.5],
  ['+.5', 0.5],
  ['3.', 3],
  ['1e3', 1000],
  ['1.0D+03', 1000],
  ['1d-7', 1e-7],
  ['0.1234567-101', 0.1234567e-101],
  ['-.5+100', -0.5e100],
])('%j is a number', (text, value) => expect(numberOf(text)).toBe(value))

test.each([
  '',
  ' ',
  'NA',
  'NaN',
  'inf',
  '1e400',
  '****',
  '1,5',
  '0x10',
  '1 2',
  '2012-01',
  '1-101',
  '2012.5-10',
  '1e',
])('%j is none', (text) => expect(numberOf(text)).toBeNaN())

test('a cell that is full of digits keeps nobody', () => {
  const digits = '1'.repeat(300)
  expect(numberOf(digits)).toBe(Number(digits))
  expect(numberOf(`${digits}x`)).toBeNaN()
  for (const end of ['', 'x', '.x', 'e']) expect(numberOf('1'.repeat(400_000) + end)).toBeNaN()
})
