import { expect, test } from 'vitest'
import { conditions, validatorsOf } from './validators.ts'

const DATE = 'Thu, 01 Jan 2026 00:00:10 GMT'

test('what a server says of a version is said back to it', () => {
  const found = validatorsOf({ etag: '"a"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', date: DATE })
  expect(conditions(found)).toEqual({
    'if-none-match': '"a"',
    'if-modified-since': 'Thu, 01 Jan 2026 00:00:00 GMT',
  })
})

test('a time by which a change within the same second would be missed does not count', () => {
  expect(validatorsOf({ 'last-modified': 'Thu, 01 Jan 2026 00:00:09 GMT', date: DATE })).toEqual({})
  expect(validatorsOf({ 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' })).toEqual({})
  expect(validatorsOf({ 'last-modified': 'yesterday', date: DATE })).toEqual({})
})

test('a server that says nothing is asked for the whole', () => {
  expect(conditions(validatorsOf({ date: DATE, etag: '' }))).toEqual({})
})
