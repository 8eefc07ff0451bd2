import { describe, expect, test } from 'vitest'
import { parsePairs, parseValue } from './name-value.ts'

describe('name=value', () => {
  test('keeps all behind the first equals sign', () => {
    expect([...parsePairs(['a=1', 'b=x=y', 'c='], '-p')]).toEqual([
      ['a', '1'],
      ['b', 'x=y'],
      ['c', ''],
    ])
  })

  test('names every pair that is none, or twice', () => {
    expect(() => parsePairs(['a', '=b', 'c=1', 'c=2'], '-p')).toThrow(
      expect.objectContaining({
        code: 2,
        problem: expect.objectContaining({
          errors: ['a', '=b', 'c=2'].map((value) => expect.objectContaining({ value })),
        }),
      }),
    )
  })
})

describe('values', () => {
  test.each([
    ['0.5', 'number', 0.5],
    ['1e-3', 'number', 0.001],
    ['-2', 'integer', -2],
    ['1.5', 'integer', 1.5],
    ['abc', 'number', 'abc'],
    ['', 'number', ''],
    ['true', 'number', 'true'],
    ['Infinity', 'number', 'Infinity'],
    ['1e999', 'number', '1e999'],
    ['0x10', 'number', '0x10'],
    ['true', 'boolean', true],
    ['1', 'boolean', '1'],
    ['007', 'string', '007'],
    ['true', 'string', 'true'],
    ['false', undefined, false],
    ['12', undefined, 12],
    ['.5', undefined, 0.5],
    ['1.0.0', undefined, '1.0.0'],
  ] as const)('%s as %s is %s', (text, type, value) => {
    expect(parseValue(text, type)).toBe(value)
  })
})
