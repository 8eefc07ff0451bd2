/**
 * Direction numbers of Sobol' sequences by S. Joe and F. Y. Kuo (2008, "Constructing Sobol sequences with better
 * two-dimensional projections", SIAM J. Sci. Comput. 30, 2635–2654), read once from the table that the package
 * `sobol` carries. Its generator is not used: it has 20 bits and no direct access.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const BITS = 32

const [, ...lines] = readFileSync(createRequire(import.meta.url).resolve('sobol/dims161.txt'), 'utf8')
  .trim()
  .split('\n')

/** Dimensions that the table has. */
export const MOST_DIMENSIONS = lines.length + 1

/** For each dimension 32 numbers of 32 bits: the digits of the generator matrix, column by column. */
export const directions: readonly Uint32Array[] = [
  Uint32Array.from({ length: BITS }, (_, bit) => 2 ** (BITS - 1 - bit)),
  ...lines.map((line) => expand(line.trim().split(/\s+/).map(Number))),
]

/** The recurrence of Bratley & Fox (1988): a line gives the degree s, the polynomial's inner coefficients a, and m₁…mₛ. */
function expand([, s = 0, a = 0, ...m]: number[]): Uint32Array {
  const v = new Uint32Array(BITS)
  for (let bit = 0; bit < BITS; bit += 1) {
    if (bit < s) {
      v[bit] = m[bit]! << (BITS - 1 - bit)
      continue
    }
    let next = v[bit - s]! ^ (v[bit - s]! >>> s)
    for (let k = 1; k < s; k += 1) if ((a >>> (s - 1 - k)) & 1) next ^= v[bit - k]!
    v[bit] = next
  }
  return v
}
