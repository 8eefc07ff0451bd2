import { expect, test } from 'vitest'
import { Duration, formatSize, parseDuration, parseSize, Size } from './quantities.ts'

test('durations are a number and a unit', () => {
  expect(['500ms', '90s', '10m', '1.5h', '2d'].map(parseDuration)).toEqual([0.5, 90, 600, 5400, 172_800])
  for (const wrong of ['10', '10M', '1h30m', '-1s', '', 's', '1e3s', ' 1s'])
    expect(parseDuration(wrong), wrong).toBeUndefined()
  expect(Duration.safeParse('0s').success).toBe(false)
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
