import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ColumnTaker, type Taken, type Wanted } from './column-taker.ts'

const TAKES = ['mean', 'sum', 'first', 'last', 'min', 'max'] as const

function take(wanted: readonly Wanted[], names: string[], ...rows: string[][]): Taken[] {
  const taker = new ColumnTaker(wanted)
  ;[names, ...rows].every((fields, at) => taker.take({ line: at + 1, fields }))
  return taker.finish()
}

test('takes each of the numbers', () => {
  const wanted = TAKES.map((each) => ({ column: 'v', take: each }))
  const taken = take(wanted, ['t', 'v'], ['0', '2'], ['1', ' -1.0D+00'], ['2', '5'])
  expect(taken).toEqual([2, 6, 2, 5, -1, 5].map((value) => ({ value })))
})

test('sums lose nothing to rounding that can be kept', () => {
  const sum = (cells: string[]) =>
    take([{ column: 'v', take: 'sum' }], ['v'], ...cells.map((cell) => [cell]))[0]
  expect(sum(['1', '1e100', '1', '-1e100'])).toEqual({ value: 2 })
  expect(sum(Array.from({ length: 10 }, () => '0.1'))).toEqual({ value: 1 })
})

test('a mean lies between the least and the largest', () => {
  // as a text, -0 has no sign
  const value = fc.double({ noNaN: true, min: -1e100, max: 1e100 }).map((each) => each + 0)
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 50 }), (values) => {
      const wanted = (['min', 'mean', 'max'] as const).map((each) => ({ column: 'v', take: each }))
      const rows = values.map((each) => [String(each)])
      const [min, mean, max] = take(wanted, ['v'], ...rows).map((each) => 'value' in each && each.value)
      expect([min, max]).toEqual([Math.min(...values), Math.max(...values)])
      const slack = 1e-12 * Math.max(...values.map(Math.abs))
      expect(Number(mean)).toBeGreaterThanOrEqual(Number(min) - slack)
      expect(Number(mean)).toBeLessThanOrEqual(Number(max) + slack)
    }),
  )
})

test('what cannot be taken is told with its place; the others are taken', () => {
  const wanted: Wanted[] = [
    { column: 'v_ot', take: 'max' },
    { column: 'b', take: 'max' },
    { column: 'v_out', take: 'max' },
    { column: 'nothing', take: 'max' },
  ]
  expect(take(wanted, ['v_out', 'b'], ['1', '2'], ['2', 'NaN'])).toEqual([
    { fault: 'no column v_ot; did you mean v_out?' },
    { fault: 'line 3, column b: "NaN" is not a number' },
    { value: 2 },
    { fault: 'no column nothing; it has v_out, b' },
  ])
})

test('a column that is there twice is a fault, where it is asked for', () => {
  const wanted = ['a', 'b'].map((column) => ({ column, take: 'last' as const }))
  expect(take(wanted, ['a', 'b', 'a'], ['1', '2', '3'])).toEqual([
    { fault: 'column a is there more than once' },
    { value: 2 },
  ])
})

test('a ragged line, no line at all, and a sum that is too large are faults', () => {
  const wanted = [{ column: 'v', take: 'sum' }] as const
  const taker = new ColumnTaker(wanted)
  taker.take({ line: 1, fields: ['v'] })
  expect(taker.take({ line: 7, fields: [], fault: 'ragged' })).toBe(false)
  expect(taker.finish()).toEqual([{ fault: 'line 7: ragged' }])
  expect(take(wanted, ['v'])).toEqual([{ fault: 'no line with numbers' }])
  expect(new ColumnTaker(wanted).finish()).toEqual([{ fault: 'no line with numbers' }])
  expect(take(wanted, ['v'], ['1e308'], ['1e308'])).toEqual([
    { fault: 'column v: numbers that are too large to be added up' },
  ])
})
