/** A keyed permutation that is computed value by value, so that one of any size costs nothing to hold. */
import { draw } from './philox.ts'

const ROUNDS = 6

/**
 * Where `index` of [0, size) goes: a bijection for each seed and dimension. A Feistel network over the next power of
 * four, whose round function is Philox (Luby & Rackoff 1988), walked until the value lies within size: at most four
 * steps on average.
 */
export function permute(index: number, size: number, seed: number, dimension: number): number {
  let half = 0
  while (4 ** half < size) half += 1
  const mask = 2 ** half - 1
  let value = index
  do {
    let left = Math.floor(value / 2 ** half)
    let right = value & mask
    for (let round = 0; round < ROUNDS; round += 1) {
      const next = left ^ (draw(seed, dimension, 'stratum', right, round)[0]! & mask)
      left = right
      right = next
    }
    value = left * 2 ** half + right
  } while (value >= size)
  return value
}
