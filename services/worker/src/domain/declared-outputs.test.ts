import { describe, expect, test } from 'vitest'
import { declaredOutputs } from './declared-outputs.ts'

const required = { required: true }

function see(outputs: Record<string, { required?: boolean }>, names: string[], mayCompare = () => true) {
  const declared = declaredOutputs(outputs, mayCompare)
  return { declared, ranks: names.map((name) => declared.rank(name)) }
}

test('names that were declared go before those that a pattern means, and these before others', () => {
  expect(see({ 'a.csv': {}, '*.csv': {} }, ['a.csv', 'b.csv', 'c']).ranks).toEqual([0, 1, 2])
  expect(see({}, ['a']).ranks).toEqual([2])
})

test('once there is no time left names are compared with no pattern', () => {
  const { declared, ranks } = see({ a: required, '*': required }, ['b', 'a'], () => false)
  expect(ranks).toEqual([2, 0])
  expect(declared.missing(['a', 'b'])).toBe('required outputs are missing: *; there are a, b')
})

test('a declared name means one file, or it is said why not', () => {
  const { declared } = see({ 'a*': {}, b: {}, c: {} }, ['a1', 'a2', 'b'])
  expect(declared.file('b')).toEqual({ name: 'b' })
  expect(declared.file('c')).toEqual({ fault: 'there is no such file' })
  expect(declared.file('a*')).toEqual({ fault: '2 files are meant by it, not one' })
})

describe('what is missing', () => {
  test('is nothing where all that is required is there', () => {
    expect(see({ a: required, 'b*': required, c: {} }, ['a', 'b1']).declared.missing([])).toBeUndefined()
  })

  test('is named, with guesses, and with what is there, in few words', () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`out-${at}.csv`, required]))
    const names = Array.from({ length: 30 }, (_, at) => `Out-${at}.csv`)
    const said = see(many, names).declared.missing(names)!
    expect(said).toMatch(/^required outputs are missing: out-0\.csv \(did you mean Out-0\.csv\?\), /)
    expect(said).toMatch(/out-9\.csv and 20 more; there are Out-0\.csv, .*, Out-9\.csv, …$/)
    expect(said.match(/did you mean/g)).toHaveLength(3)
    expect(see(many, []).declared.missing([])).toMatch(/there are none at all$/)
  })
})
