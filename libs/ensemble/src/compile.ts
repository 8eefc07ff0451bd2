/** From a pinned design to its members: member i is a pure function of (design, seed, i), whatever came before. */
import { countOf, levelAt } from './levels.ts'
import { permute } from './permutation.ts'
import { draw, uniform } from './philox.ts'
import { toMember, type Levelled, type MemberValues, type PinnedDesign, type PinnedValue } from './pinned.ts'
import { quantileOf } from './quantile.ts'
import { scrambledPoint, scrambleSeed } from './sobol-point.ts'

type SampledDesign = Extract<PinnedDesign, { seed: number }>
type OatDesign = Extract<PinnedDesign, { kind: 'oat' }>
/** The coordinate of a member in a dimension: a number in (0, 1). */
type Point = (index: number, dimension: number) => number

/**
 * Gives the function from a member's index to what varies in it: microseconds a call, and no memory by members. An index
 * must be a whole number from 0 below the number of members. Throws for a table in a file, whose rows the caller reads.
 */
export function compileDesign(design: PinnedDesign): (index: number) => MemberValues {
  switch (design.kind) {
    case 'table': {
      if (!('rows' in design)) throw new Error('the rows of this table are in a file')
      const { columns, rows } = design
      return (index) => toMember(columns, (at) => rows[index]![at]!)
    }
    case 'grid':
      return grid(design.dimensions)
    case 'oat':
      return oat(design.dimensions)
    case 'random':
    case 'lhs':
    case 'sobol':
    case 'saltelli':
      return sampled(design)
  }
}

/** All combinations, the last dimension going round fastest. */
function grid(dimensions: readonly Levelled[]): (index: number) => MemberValues {
  const counts = dimensions.map(({ levels }) => countOf(levels))
  return (index) => {
    const places: number[] = []
    let rest = index
    for (let at = counts.length - 1; at >= 0; at -= 1) {
      places[at] = rest % counts[at]!
      rest = Math.floor(rest / counts[at]!)
    }
    return toMember(dimensions, (at) => levelAt(dimensions[at]!.levels, places[at]!))
  }
}

/** The base, then each dimension's levels in their order while the others stay. */
function oat(dimensions: OatDesign['dimensions']): (index: number) => MemberValues {
  let sum = 1
  const starts = dimensions.map(({ levels }) => (sum += countOf(levels)) - countOf(levels))
  return (index) => {
    const moved = starts.findLastIndex((start) => index >= start)
    return toMember(dimensions, (at) => {
      const { levels, base } = dimensions[at]!
      return at === moved ? levelAt(levels, index - starts[at]!) : base
    })
  }
}

function sampled(design: SampledDesign): (index: number) => MemberValues {
  const { dimensions } = design
  const quantiles = dimensions.map((each) => quantileOf(each, each.distribution))
  const point = pointsOf(design)
  return (index) => toMember(dimensions, (at): PinnedValue => quantiles[at]!(point(index, at)))
}

function pointsOf({ kind, samples, seed, dimensions }: SampledDesign): Point {
  switch (kind) {
    case 'random':
      return (index, dimension) => uniform(seed, dimension, 'random', index)
    case 'lhs':
      return (index, dimension) => stratified(index, samples, seed, dimension)
    case 'sobol':
      return scrambled(seed, dimensions.length)
    case 'saltelli':
      return saltelli(seed, dimensions.length)
  }
}

/**
 * Latin hypercube (McKay, Beckman & Conover 1979, Technometrics 21, 239–245): each of `samples` strata once in every
 * dimension. 25 bits within the stratum, so that the sum with its number, below 2²⁷, is exact and leaves it never.
 */
function stratified(index: number, samples: number, seed: number, dimension: number): number {
  const stratum = permute(index, samples, seed, dimension)
  const within = ((draw(seed, dimension, 'jitter', index)[0]! >>> 7) + 0.5) / 2 ** 25
  return (stratum + within) / samples
}

function scrambled(seed: number, count: number): Point {
  const seeds = Array.from({ length: count }, (_, dimension) => scrambleSeed(seed, dimension))
  return (index, dimension) => scrambledPoint(index, dimension, seeds[dimension]!)
}

/**
 * Rows of d + 2 members: of matrix A, then A with one column after the other taken from B, then B. A and B are the two
 * halves of one sequence of 2d dimensions (Saltelli et al. 2010, Comput. Phys. Commun. 181, 259–270).
 */
function saltelli(seed: number, count: number): Point {
  const point = scrambled(seed, 2 * count)
  return (index, dimension) => {
    const row = Math.floor(index / (count + 2))
    const block = index % (count + 2)
    const fromB = block === count + 1 || block === dimension + 1
    return point(row, fromB ? count + dimension : dimension)
  }
}
