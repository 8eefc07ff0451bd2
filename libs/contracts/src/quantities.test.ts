import { expect, test } from 'vitest'
import { Time } from './grammar.ts'
import { later } from './time.ts'
import { Duration, formatSize, parseDuration, parseSize, Size } from './quantities.ts'

test('durations are a number and a unit', () => {
  expect(['500ms', '90s', '10m', '1.5h', '2d'].map(parseDuration)).toEqual([0.5, 90, 600, 5400, 172_800])
  for (const wrong of ['10', '10M', '1h30m', '-1s', '', 's', '1e3s', ' 1s'])
    expect(parseDuration(wrong), wrong).toBeUndefined()
  expect(Duration.safeParse('0s').success).toBe(false)
})

test('a duration is at most ten years, so that a time so much later can still be written', () => {
  expect(Duration.safeParse('3650d').success).toBe(true)
  for (const wrong of ['3650.1d', '999999999d', '87601h'])
    expect(Duration.safeParse(wrong).error?.issues[0]?.message).toBe('a duration of at most 3650d: ten years')
  expect(Time.parse(later('9989-01-01T00:00:00Z', parseDuration('3650d')!))).toMatch(/^9998-/)
})

test('sizes keep binary and decimal units apart', () => {
  expect([parseSize('256MiB'), parseSize('256MB'), parseSize('1.5KiB'), parseSize(7)]).toEqual([
    268_435_456, 256_000_000, 1536, 7,
  ])
  for (const wrong of ['256M', '256mb', '1 GiB', '', -1, 1.5])
    expect(parseSize(wrong), String(wrong)).toBeUndefined()
  expect(Size.safeParse(0).success).toBe(false)
  expect([formatSize(0), formatSize(1536), formatSize(256 * 2 ** 20)]).toEqual(['0 B', '1.5 KiB', '256 MiB'])
})
