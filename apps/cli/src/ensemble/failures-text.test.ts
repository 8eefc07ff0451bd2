import { expect, test } from 'vitest'
import { failuresLines, placesOf, type Group } from './failures-text.ts'

const ranges = { k: [0.1, 0.5], n: [1, 9], site: [0, 0] } as Record<string, [number, number]>
const group = (more: Partial<Group> = {}): Group => ({
  kind: 'model_error',
  exitCode: 3,
  lastLine: 'STOP negative pool \u001b[31m',
  count: 17,
  example: 99,
  ranges: { n: [1, 9], k: [0.46, 0.5], site: [0, 0] },
  ...more,
})
const member = (index: number) => `e4f7k2q-${index}`

test('the parameter whose failures lie closest together comes first, beside the range of all', () => {
  expect(failuresLines({ failures: [group()], ranges }, member, 80)).toEqual([
    '17 × model_error, exit code 3; for example e4f7k2q-99',
    String.raw`  | STOP negative pool \x1b[31m`,
    '  PARAMETER  THESE FAILED  ALL        SHARE',
    '  k          0.46 … 0.5    0.1 … 0.5   10 %',
    '  n          1 … 9         1 … 9      100 %',
    '  site       0             0          100 %',
  ])
})

test('one member has a place, but no share of a range; without a last line or an exit code none is made up', () => {
  const one = group({ kind: 'timeout', exitCode: null, lastLine: '', count: 1, ranges: { k: [0.2, 0.2] } })
  expect(failuresLines({ failures: [one], ranges }, member, 80)).toEqual([
    '1 × timeout; for example e4f7k2q-99',
    '  PARAMETER  THESE FAILED  ALL',
    '  k          0.2           0.1 … 0.5',
  ])
})

test('many parameters and long lines fit 80 columns; what is left out is said', () => {
  const names = Array.from(
    { length: 30 },
    (_, i) => `a_rather_long_name_of_a_parameter_that_goes_on_and_on_for_long_${i}`,
  )
  const all = Object.fromEntries(
    names.map((name): [string, [number, number]] => [name, [-1.234_56e-12, 12_345.678]]),
  )
  const wide = group({ lastLine: 'word '.repeat(60), ranges: all })
  const lines = failuresLines({ failures: [wide, wide], ranges: all }, member, 80)
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
  expect(lines.filter((line) => line === '  22 parameters more, in --json')).toHaveLength(2)
})

test('a group without numbers that vary is told without a table', () => {
  expect(failuresLines({ failures: [group({ ranges: {}, lastLine: '' })], ranges }, member, 80)).toHaveLength(
    1,
  )
  expect(placesOf(group({ ranges: { other: [1, 2] } }), ranges)).toEqual([])
})
