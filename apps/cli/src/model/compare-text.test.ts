import { expect, test } from 'vitest'
import { firstDifference, isNear } from './compare-text.ts'

test('the same words are alike however they are set apart', () => {
  expect(firstDifference('time  v\n0   1.5\n', ' time v \r\n\n0 1.5', 0)).toBeUndefined()
  expect(firstDifference('a,1\n', 'a, 1\n', 0)).toBeUndefined()
  expect(firstDifference('', '\n', 0)).toBeUndefined()
})

test('numbers are alike within the tolerance, a share of what is expected', () => {
  expect(firstDifference('x 1000', 'x 1000.9', 1e-3)).toBeUndefined()
  expect(firstDifference('x 1000', 'x 1001.1', 1e-3)).toEqual({ line: 1, expected: '1000', found: '1001.1' })
  expect(firstDifference('1.0D-03', '0.001', 1e-12)).toBeUndefined()
  expect(firstDifference('-1e3', '-1000.', 0)).toBeUndefined()
})

test('a number beside a mark of CSV, JSON or a namelist is seen as a number', () => {
  expect(firstDifference('1,2.0000001\n', '1,2\n', 1e-6)).toBeUndefined()
  expect(firstDifference('{"a":1.0000001}', '{"a": 1}', 1e-6)).toBeUndefined()
  expect(firstDifference('rate=0.5,', 'rate = 0.50', 0)).toEqual({
    line: 1,
    expected: ',',
    found: undefined,
  })
})

test('an empty cell is one: the columns behind it do not slide into it', () => {
  expect(firstDifference('1,,3', '1,3,', 0)).toEqual({ line: 1, expected: ',', found: '3' })
})

test('dates and words are taken to the letter, whatever the tolerance', () => {
  expect(firstDifference('2012-01-01', '2012-01-02', 1)).toMatchObject({ found: '2012-01-02' })
  expect(firstDifference('nan', 'NaN', 1)).toMatchObject({ expected: 'nan' })
  expect(firstDifference('12', '12x', 1)).toMatchObject({ found: '12x' })
})

test('the first difference is told with the line of the text that was found', () => {
  expect(firstDifference('a\nb\nc\n', 'a\n\nb\nd\n', 0)).toEqual({ line: 4, expected: 'c', found: 'd' })
  expect(firstDifference('a\nb\n', 'a\nb\nc\n', 0)).toEqual({ line: 3, expected: undefined, found: 'c' })
  expect(firstDifference('a\nb\nc\n', 'a\nb\n', 0)).toEqual({ line: 2, expected: 'c', found: undefined })
})

test('near to 0 is only 0, and what is no number is near to itself', () => {
  expect([isNear(0, -0, 0), isNear(0, 1e-300, 1), isNear(NaN, NaN, 0), isNear(1, NaN, 1)]).toEqual([
    true,
    false,
    true,
    false,
  ])
  expect([isNear(Infinity, Infinity, 0), isNear(Infinity, 1, 1)]).toEqual([true, false])
})
