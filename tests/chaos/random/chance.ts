/** Chance that comes again: the same seed gives the same choices in the same order. */

export type Chance = {
  /** from `least` to `most`, both possible where they are whole */
  whole(least: number, most: number): number
  pick<T>(among: readonly T[]): T
}

/** mulberry32: small, and random enough to choose whom to kill. */
export function chance(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (least: number, most: number) => least + Math.floor(next() * (most - least + 1))
  return { whole, pick: (among) => among[whole(0, among.length - 1)]! }
}
