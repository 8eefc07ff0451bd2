/**
 * Members against the distributions they are drawn from: distribution functions and moments in closed form, not by the
 * quantile functions under test. Seeds are fixed, so that a test either holds or does not.
 */
import { EnsembleRequest, Manifest } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { compileDesign } from './compile.ts'
import { pinDesign } from './pin.ts'
import { rankCorrelation } from './rank-correlation.ts'

const N = 4096

type Law = { spec: object; cdf: (x: number) => number; mean: number; sd: number }

const laws: Record<string, Law> = {
  uniform: { spec: { uniform: [-1, 3] }, cdf: (x) => (x + 1) / 4, mean: 1, sd: 4 / Math.sqrt(12) },
  loguniform: {
    spec: { loguniform: [0.1, 10] },
    cdf: (x) => (Math.log10(x) + 1) / 2,
    mean: 9.9 / Math.log(100),
    sd: Math.sqrt(99.99 / (2 * Math.log(100)) - (9.9 / Math.log(100)) ** 2),
  },
  normal: { spec: { normal: [10, 2] }, cdf: (x) => phi((x - 10) / 2), mean: 10, sd: 2 },
  lognormal: {
    spec: { lognormal: [1, 0.5] },
    cdf: (x) => phi((Math.log(x) - 1) / 0.5),
    mean: Math.exp(1.125),
    sd: Math.exp(1.125) * Math.sqrt(Math.exp(0.25) - 1),
  },
  triangular: {
    spec: { triangular: [0, 1, 4] },
    cdf: (x) => (x < 1 ? x ** 2 / 4 : 1 - (4 - x) ** 2 / 12),
    mean: 5 / 3,
    sd: Math.sqrt(13 / 18),
  },
  beta: {
    spec: { beta: [2, 3, 1, 3] },
    cdf: (x) => [(x - 1) / 2].map((u) => 6 * u ** 2 - 8 * u ** 3 + 3 * u ** 4)[0]!,
    mean: 1.8,
    sd: 0.4,
  },
  gamma: {
    spec: { gamma: [2, 3] },
    cdf: (x) => 1 - Math.exp(-x / 3) * (1 + x / 3),
    mean: 6,
    sd: Math.sqrt(18),
  },
  truncated: {
    spec: { normal: [0, 1], truncate: [-1, 1] },
    cdf: (x) => (phi(x) - phi(-1)) / (phi(1) - phi(-1)),
    mean: 0,
    sd: Math.sqrt(1 - (2 * density(1)) / (phi(1) - phi(-1))),
  },
}

/** Distribution function of the standard normal distribution, by Simpson's rule. */
function phi(z: number): number {
  const steps = 200
  const h = z / steps
  let sum = density(0) + density(z)
  for (let i = 1; i < steps; i += 1) sum += density(i * h) * (i % 2 === 1 ? 4 : 2)
  return 0.5 + (sum * h) / 3
}

function density(z: number): number {
  return Math.exp(-z * z * 0.5) / Math.sqrt(2 * Math.PI)
}

const names = Object.keys(laws)
const number = { type: 'number' }
const model = Manifest.parse({
  name: 'laws',
  version: '1',
  image: 'laws:1',
  parameters: {
    ...Object.fromEntries(names.map((name) => [name, number])),
    dice: { type: 'integer' },
    plant: { type: 'string' },
  },
})
const vary = {
  ...Object.fromEntries(names.map((name) => [name, laws[name]!.spec])),
  dice: { uniform: [1, 6] },
  plant: { values: ['C3', 'C4', 'CAM'], weights: [2, 1, 1] },
}

describe.each(['random', 'lhs', 'sobol'] as const)('%s', (kind) => {
  const request = EnsembleRequest.parse({
    kind: 'ensemble',
    model: 'laws',
    design: { kind, samples: N, seed: 11, vary },
  })
  const pinned = pinDesign(request, model, {})
  if ('errors' in pinned) throw new Error(JSON.stringify(pinned.errors))
  const member = compileDesign(pinned.design)
  const members = Array.from({ length: N }, (_, index) => member(index).params)
  const column = (name: string) => Float64Array.from(members, (params) => Number(params[name]))

  test.each(names)('%s has its distribution (Kolmogorov and Smirnov)', (name) => {
    const shares = column(name).map(laws[name]!.cdf).toSorted()
    const distance = shares.reduce(
      (most, share, at) => Math.max(most, Math.abs(share - at / N), Math.abs((at + 1) / N - share)),
      0,
    )
    // by chance, above 1.95/√N once in a thousand; strata hold one each
    expect(distance).toBeLessThan(kind === 'random' ? 1.95 / Math.sqrt(N) : 1 / N + 1e-9)
  })

  test.each(names)('%s has its mean and its standard deviation', (name) => {
    const { mean, sd } = laws[name]!
    const values = column(name)
    const found = values.reduce((sum, value) => sum + value, 0) / N
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - found) ** 2, 0) / N)
    const [near, wide] = kind === 'random' ? [3.3 / Math.sqrt(N), 0.06] : [0.001, 0.005]
    expect(Math.abs(found - mean) / sd).toBeLessThan(near)
    expect(Math.abs(spread / sd - 1)).toBeLessThan(wide)
  })

  test('whole numbers and values come as often as they should', () => {
    const shares: [string, number | string, number][] = [
      ...[1, 2, 3, 4, 5, 6].map((face): [string, number, number] => ['dice', face, 1 / 6]),
      ['plant', 'C3', 1 / 2],
      ['plant', 'C4', 1 / 4],
      ['plant', 'CAM', 1 / 4],
    ]
    for (const [name, value, share] of shares) {
      const count = members.filter((params) => params[name] === value).length
      const off = Math.abs(count - share * N)
      expect(off).toBeLessThan(kind === 'random' ? 3.3 * Math.sqrt(N * share * (1 - share)) : 2)
    }
  })

  test('dimensions know nothing of one another', () => {
    for (const [at, one] of names.entries())
      for (const other of names.slice(at + 1))
        expect(Math.abs(rankCorrelation(column(one), column(other))!)).toBeLessThan(4 / Math.sqrt(N))
  })
})
