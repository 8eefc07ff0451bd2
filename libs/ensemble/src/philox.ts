/**
 * Philox4x32-10, a random function rather than a generator: any draw can be had without those before it (Salmon,
 * Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", SC'11). A stream is named by seed,
 * dimension and purpose, never by the order of draws, so that no draw ever moves another.
 */

/** What a stream is for. The numbers are part of every member that was ever made: never change one. */
export const purposes = { random: 0, stratum: 1, jitter: 2, scramble: 3, group: 4, resample: 5 } as const
export type Purpose = keyof typeof purposes

const block = new Uint32Array(4)

/**
 * Four words of 32 bits for a key of two words and a counter of four. The array is the same at every call: read it
 * before the next.
 */
export function philox(
  key0: number,
  key1: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
): Readonly<Uint32Array> {
  let [k0, k1, x0, x1, x2, x3] = [key0, key1, c0, c1, c2, c3]
  for (let round = 0; round < 10; round += 1) {
    const high0 = high(0xd2511f53, x0)
    const low0 = Math.imul(0xd2511f53, x0)
    const high1 = high(0xcd9e8d57, x2)
    const low1 = Math.imul(0xcd9e8d57, x2)
    x0 = high1 ^ x1 ^ k0
    x1 = low1
    x2 = high0 ^ x3 ^ k1
    x3 = low0
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  block[0] = x0
  block[1] = x1
  block[2] = x2
  block[3] = x3
  return block
}

/** Four words of the stream that seed, dimension and purpose name, at `index` and `step` (both below 2³²). */
export function draw(seed: number, dimension: number, purpose: Purpose, index: number, step = 0) {
  return philox(seed, dimension, index, step, purposes[purpose], 0)
}

/** A number in (0, 1), never 0 or 1: 52 bits and half a step (with 53 bits the largest would be rounded to 1). */
export function uniform(seed: number, dimension: number, purpose: Purpose, index: number): number {
  const words = draw(seed, dimension, purpose, index)
  return ((words[0]! >>> 6) * 2 ** 26 + (words[1]! >>> 6) + 0.5) / 2 ** 52
}

/** The upper 32 bits of a product of two words. */
function high(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const other = aLow * bHigh + (middle & 0xffff)
  return (aHigh * bHigh + Math.floor(middle / 0x10000) + (other >>> 16)) | 0
}
