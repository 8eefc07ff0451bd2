import { expect, test } from 'vitest'
import type { Column } from '../task.ts'
import { cellOf, cellOfText } from './cells.ts'

const number: Column = { name: 'k', type: 'number', range: [-1, 1], unit: 'm' }
const free: Column = { name: 'k', type: 'number' }
const integer: Column = { name: 'n', type: 'integer' }
const boolean: Column = { name: 'b', type: 'boolean' }
const choice: Column = { name: 's', type: 'string', choices: ['C3', 'C4'] }
const text: Column = { name: 's', type: 'string' }
const input: Column = { name: 'input.d', type: 'input' }

test.each<[Column, string, unknown]>([
  [number, ' 1e-7 ', 1e-7],
  [number, '-.5', -0.5],
  [number, '-0', 0],
  [free, '12345678901234567890', 12345678901234567e3],
  [integer, '5', 5],
  [integer, '5.0', 5],
  [integer, '-9007199254740991', -9007199254740991],
  [boolean, 'TRUE', true],
  [boolean, 'false', false],
  [choice, 'C3', 'C3'],
  [text, ' a "b"\n', ' a "b"\n'],
  [input, 'file:///data/a.csv', 'file:///data/a.csv'],
])('%j takes %j', (column, cell, value) => {
  expect(cellOfText(column, cell)).toEqual({ value })
})

test.each<[Column, string]>([
  [number, 'NaN'],
  [number, 'inf'],
  [number, '1e999'],
  [number, '1.5'],
  [number, '0x1'],
  [number, '1,5'],
  [number, ''],
  [integer, '5.5'],
  [integer, '9007199254740993'],
  [integer, '99999999999999999999'],
  [boolean, '1'],
  [choice, 'c3'],
  [text, ''],
  [text, 'a\0b'],
  [input, 'data/a.csv'],
  [input, 'ftp://host/a'],
])('%j refuses %j', (column, cell) => {
  expect(cellOfText(column, cell)).toHaveProperty('wrong')
})

test('typed values are held to the same rules', () => {
  expect(cellOf(integer, 5n)).toEqual({ value: 5 })
  expect(cellOf(boolean, true)).toEqual({ value: true })
  expect(cellOf(number, '0.5')).toEqual({ value: 0.5 })
  for (const bad of [2n ** 60n, Number.NaN, Infinity, null, true, undefined])
    expect(cellOf(integer, bad)).toHaveProperty('wrong')
  expect(cellOf(number, Number.NaN)).toEqual({ wrong: 'a finite number from -1 to 1 m' })
})

test('a cell that is full of digits keeps nobody', () => {
  expect(cellOfText(free, `${'1'.repeat(400_000)}x`)).toEqual({ wrong: 'a finite number' })
})
