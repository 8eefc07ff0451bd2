import { expect, test } from 'vitest'
import type { Column } from '../task.ts'
import { readHeader } from './header.ts'

const known: Column[] = [
  { name: 'f_auto', type: 'number' },
  { name: 'n', type: 'integer' },
  { name: 'input.drivers', type: 'input' },
]

test('known columns come in the order of the file', () => {
  expect(readHeader(['n', 'f_auto'], known)).toEqual([known[1], known[0]])
})

test('an unknown, a doubled, a nameless column and none are told, each in its words', () => {
  expect(readHeader(['f_aut', 'n', 'n', ''], known)).toEqual([
    { row: 0, column: 'f_aut', value: 'f_aut', detail: 'a known column; did you mean f_auto?' },
    { row: 0, column: 'n', value: 'n', detail: 'a column that is there once' },
    { row: 0, column: '', value: '', detail: 'a column with a name' },
  ])
  expect(readHeader([], known)).toMatchObject([{ detail: 'a table with at least one column' }])
  expect(readHeader(['whatever_else'], known)).toMatchObject([
    { detail: 'a parameter of the model, or input.<name>: f_auto, n, input.drivers' },
  ])
})

test.each([
  ['f_auto;n', 'semicolons'],
  ['f_auto\tn', 'tabs'],
])('%j is separated by the wrong thing', (line, what) => {
  expect(readHeader([line], known)).toMatchObject([{ detail: `columns separated by commas, not by ${what}` }])
})

test('versions of the model are no column of a file', () => {
  expect(readHeader(['n', '@version'], known)).toMatchObject([
    { column: '@version', detail: expect.stringContaining('in the request') },
  ])
})
