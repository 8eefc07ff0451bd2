/** Points of scrambled Sobol' sequences, each computed without those before it. */
import { directions } from './joe-kuo.ts'
import { draw } from './philox.ts'

/** Coordinate of the plain sequence, as 32 bits: point `index` in Gray code order, which scipy and others have too. */
export function sobolBits(index: number, dimension: number): number {
  const v = directions[dimension]!
  let bits = 0
  for (let gray = (index ^ (index >>> 1)) >>> 0, k = 0; gray !== 0; gray >>>= 1, k += 1)
    if (gray & 1) bits ^= v[k]!
  return bits >>> 0
}

/** The seed of a dimension's scrambling. */
export function scrambleSeed(seed: number, dimension: number): number {
  return draw(seed, dimension, 'scramble', 0)[0]!
}

/**
 * Coordinate in (0, 1), never 0 or 1: the middle of one of 2³² strata. Owen's nested uniform scrambling by the hash of
 * Laine & Karras as bettered by Burley (2020, "Practical hash-based Owen scrambling", JCGT 9(4), 1–20).
 */
export function scrambledPoint(index: number, dimension: number, scramble: number): number {
  let x = reverse(sobolBits(index, dimension))
  x ^= Math.imul(x, 0x3d20adea)
  x = (x + scramble) | 0
  x = Math.imul(x, (scramble >>> 16) | 1)
  x ^= Math.imul(x, 0x05526c56)
  x ^= Math.imul(x, 0x53a22864)
  return (reverse(x) >>> 0) / 2 ** 32 + 2 ** -33
}

function reverse(bits: number): number {
  let x = bits
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1)
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2)
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4)
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8)
  return (x >>> 16) | (x << 16)
}
