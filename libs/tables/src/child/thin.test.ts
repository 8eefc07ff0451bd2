import { expect, test } from 'vitest'
import { means, middles, thinning } from './thin.ts'

test('short series stay, long ones become weeks, longer ones 500 steps', () => {
  expect([1, 500, 501, 1461, 3500, 3501, 500_000].map(thinning)).toEqual([1, 1, 7, 7, 7, 8, 1000])
})

test('means are of the values that are there', () => {
  expect(means([1, 2, 6, null, 4, null, null, null], 3)).toEqual([3, 4, null])
  expect(means([0.1, null], 1)).toEqual([0.1, null])
  expect(means([1, 2, 6, null, null, null, 5], 3)).toEqual([3, null, 5])
})

test('a group is called by the time in its middle', () => {
  expect(middles(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 7)).toEqual(['d', 'h'])
})
