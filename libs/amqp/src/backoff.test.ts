import { describe, expect, test } from 'vitest'
import { backoff } from './backoff.ts'

describe('backoff', () => {
  test('doubles from the first wait to the longest', () => {
    const waits = [0, 1, 2, 3, 100].map((failures) => backoff(failures, { firstMs: 10, maxMs: 50 }, () => 0))
    expect(waits).toEqual([10, 20, 40, 50, 50])
  })

  test('takes off up to half by chance', () => {
    expect(backoff(1, { firstMs: 10, maxMs: 50 }, () => 0.5)).toBe(15)
    expect(backoff(1, { firstMs: 10, maxMs: 50 }, () => 1)).toBe(10)
  })
})
