import { expect, test } from 'vitest'
import { nextLook, outputsLimit, tooMuch } from './outputs-limit.ts'

const GIB = 2 ** 30

test('what was asked counts, else what the host allows', () => {
  expect(outputsLimit(GIB, 64 * GIB)).toEqual({ bytes: GIB, isAsked: true })
  expect(outputsLimit(undefined, 64 * GIB)).toEqual({ bytes: 64 * GIB, isAsked: false })
})

test('too much is told in sizes that differ', () => {
  const limit = outputsLimit(GIB, 0)
  expect(tooMuch(limit, { bytes: GIB })).toBeUndefined()
  expect(tooMuch(limit, { bytes: 1.2 * GIB })).toBe('wrote 1.2 GiB, 1 GiB was asked')
  expect(tooMuch(limit, { bytes: GIB + 4096 })).toBe('wrote 1073745920 bytes, 1073741824 bytes was asked')
  expect(tooMuch(outputsLimit(undefined, GIB), { bytes: 3 * GIB })).toBe(
    'wrote 3 GiB, 1 GiB is the most on its host',
  )
})

test('what cannot be looked at cannot be limited', () => {
  expect(tooMuch(outputsLimit(GIB, 0), { bytes: 0, hidden: 'a/b' })).toContain('a/b')
  expect(tooMuch(outputsLimit(GIB, 0), { bytes: 0, crowd: 1e6 })).toContain('more than 1000000 files')
})

test('the next look comes the sooner the nearer the limit is at the pace of now, and never too often', () => {
  const limit = outputsLimit(100, 0)
  const look = (bytes: number, at: number, took = 0) => ({ bytes, at, took })
  expect(nextLook(limit, undefined, look(0, 2))).toBe(10)
  expect(nextLook(limit, look(10, 0), look(20, 10))).toBe(10)
  expect(nextLook(limit, look(10, 0), look(60, 10))).toBe(4)
  expect(nextLook(limit, look(10, 0), look(99, 10))).toBe(1)
  expect(nextLook(limit, look(60, 0), look(10, 10))).toBe(10)
  expect(nextLook(limit, look(10, 0), look(99, 10, 1))).toBe(20)
  expect(nextLook(limit, look(10, 0), look(99, 10, 10))).toBe(30)
})
