import { expect, test } from 'vitest'
import { conditions, placeOf, validatorsOf } from './validators.ts'

const URL_OF = new URL('https://example.org/drivers.csv?signature=1')
const at = placeOf(URL_OF)
const DATE = 'Thu, 01 Jan 2026 00:00:10 GMT'

test('what a server says of a version is said back to it', () => {
  const found = validatorsOf({ etag: '"a"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', date: DATE })
  expect(conditions({ ...found, at }, URL_OF)).toEqual({
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
  expect(conditions({ ...validatorsOf({ date: DATE, etag: '' }), at }, URL_OF)).toEqual({})
})

test('what was said of one place is not said to another, and a time not to one that is asked otherwise', () => {
  const found = { etag: '"a"', lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT', at }
  expect(conditions(found, new URL('/older.csv?signature=1', URL_OF))).toEqual({})
  expect(conditions(found, new URL('http://example.org/drivers.csv?signature=1'))).toEqual({})
  expect(conditions(found, new URL('?signature=2', URL_OF))).toEqual({ 'if-none-match': '"a"' })
  expect(conditions({ ...found, at: undefined }, URL_OF)).toEqual({})
  expect(JSON.stringify(at)).not.toContain('signature')
})
