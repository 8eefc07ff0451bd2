import { expect, test } from 'vitest'
import { member, MEMBERS, varied } from './variations.ts'

const all = Array.from({ length: MEMBERS }, (_, i) => member(i))

test('every parameter takes 24 values within its range, each once', () => {
  for (const { name, low, high } of varied) {
    const values = all.map((params) => params[name] ?? Number.NaN)
    expect(new Set(values).size).toBe(MEMBERS)
    expect(Math.min(...values)).toBeGreaterThan(low)
    expect(Math.max(...values)).toBeLessThan(high)
    // the first and last of 24 equal strata are taken, too
    expect(Math.min(...values)).toBeLessThan(low + (high - low) / MEMBERS)
    expect(Math.max(...values)).toBeGreaterThan(high - (high - low) / MEMBERS)
  }
})

test('any two parameters fill their square: each of its nine fields has a member', () => {
  const third = (params: Record<string, number>, { name, low, high }: (typeof varied)[number]) =>
    Math.floor((((params[name] ?? low) - low) / (high - low)) * 3)
  for (const [i, one] of varied.entries()) {
    for (const other of varied.slice(i + 1)) {
      expect(new Set(all.map((params) => `${third(params, one)} ${third(params, other)}`)).size).toBe(9)
    }
  }
})
