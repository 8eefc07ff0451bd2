import { describe, expect, test } from 'vitest'
import { extraterrestrialRadiation, transmittance } from './radiation.ts'

describe('radiation above the air', () => {
  test('is that of example 8 in FAO-56: 20 degrees south on 3 September', () => {
    expect(extraterrestrialRadiation(-20, 246)).toBeCloseTo(32.2, 1)
  })

  test('is greatest in June in the north, in December in the south', () => {
    expect(extraterrestrialRadiation(47.6, 172)).toBeGreaterThan(extraterrestrialRadiation(47.6, 355) * 4)
    expect(extraterrestrialRadiation(-47.6, 355)).toBeGreaterThan(extraterrestrialRadiation(-47.6, 172) * 4)
  })
})

describe('transmittance', () => {
  test('grows with the swing of temperature from nothing to that of a clear sky', () => {
    const shares = [0, 2, 5, 10, 40].map((range) => transmittance(range, 10, false))
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    expect(shares[0]).toBe(0)
    expect(shares.at(-1)).toBeCloseTo(0.7, 3)
  })

  test('is less under rain', () => {
    expect(transmittance(10, 10, true)).toBeCloseTo(0.75 * transmittance(10, 10, false), 12)
  })

  test('is nothing, not an error, where the nights were warmer than the day', () => {
    expect(transmittance(-1, 10, false)).toBe(0)
  })
})
