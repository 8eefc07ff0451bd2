import { expect, test } from 'vitest'
import { dateTicks } from './date-ticks.ts'

const utc = (text: string) => Date.parse(text)
const at = (...times: string[]) => times.map(utc)

test('years are marked at their beginning', () => {
  const years = ['2001-01-01', '2002-01-01', '2003-01-01', '2004-01-01', '2005-01-01', '2006-01-01']
  expect(dateTicks(utc('2000-03-01'), utc('2006-09-01'))).toEqual({ values: at(...years), format: '%Y' })
})

test('months and days say their year', () => {
  const months = at('2012-07-01', '2013-01-01', '2013-07-01', '2014-01-01')
  expect(dateTicks(utc('2012-02-01'), utc('2014-06-30')).format).toBe('%b %Y')
  expect(dateTicks(utc('2012-02-01'), utc('2014-06-30')).values).toEqual(expect.arrayContaining(months))
  expect(dateTicks(utc('2012-02-01'), utc('2012-02-04'))).toMatchObject({ format: '%-d %b %H:%M' })
})

test('labels of hours do not: the title does', () => {
  expect(dateTicks(utc('2020-01-01T00:00Z'), utc('2020-01-01T02:00Z'))).toEqual({
    values: at(...[0, 15, 30, 45].map((m) => `2020-01-01T00:${String(m).padStart(2, '0')}Z`)).concat(
      at(...[0, 15, 30, 45].map((m) => `2020-01-01T01:${String(m).padStart(2, '0')}Z`)),
      at('2020-01-01T02:00Z'),
    ),
    format: '%-d %b %H:%M',
    title: 'UTC, from 1 January 2020',
  })
})

test('one date alone is marked itself', () => {
  expect(dateTicks(utc('2020-05-17'), utc('2020-05-17')).values).toEqual(at('2020-05-17'))
})

test.each([60e3, 7e6, 3e7, 1e9, 4e9, 6e10, 1e12, 1e14])('%d ms have few labels, but some', (span) => {
  const values = dateTicks(utc('1950-03-04T05:06Z'), utc('1950-03-04T05:06Z') + span).values
  expect(values).toSatisfy((all: unknown[]) => all.length >= 1 && all.length <= 9)
})
