import { expect, test } from 'vitest'
import { leastSpace, tooFull } from './space.ts'

const GIB = 2 ** 30

test('a hundredth of the disk must be free, at most 1 GiB, or what the operator says', () => {
  expect(leastSpace({ size: 10 * GIB }, undefined)).toBe(Math.floor(0.1 * GIB))
  expect(leastSpace({ size: 1000 * GIB }, undefined)).toBe(GIB)
  expect(leastSpace({ size: GIB }, 7 * GIB)).toBe(7 * GIB)
})

test('with less no jobs are taken', () => {
  expect(tooFull({ free: GIB }, GIB)).toBeUndefined()
  expect(tooFull({ free: GIB - 1 }, GIB)).toBe('the store has less than 1 GiB free')
})
