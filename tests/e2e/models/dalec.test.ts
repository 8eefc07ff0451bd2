import { beforeAll, describe, expect, test } from 'vitest'
import type { ModelRun } from '../../support/model-container.ts'
import { buildDalec, dalec, daysOf, defaults, manifest, metricsOf, pools } from './dalec.ts'
import type { Day } from './dalec.ts'
import { corner, latinHypercube } from './sample.ts'

beforeAll(buildDalec)

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0)
const total = (carbon: Day['pools']) => sum(Object.values(carbon))

/** The greatest miss of the carbon budget over all days, as a share of all carbon. */
function worstMiss(days: Day[], initial: number): number {
  let before = initial
  let worst = 0
  for (const day of days) {
    const after = total(day.pools)
    const misses = [after - before - (day.gpp - day.ra - day.rh), day.nee - (day.ra + day.rh - day.gpp)]
    worst = Math.max(worst, ...misses.map((miss) => Math.abs(miss) / after))
    before = after
  }
  return worst
}

const initialOf = (params: Record<string, unknown>) =>
  sum(pools.map((pool) => Number(params[`c_${pool}_initial`])))

/** Fifteen digits are printed of each number, and the budget of a day takes about a dozen of them. */
const ROUNDING = 1e-13

describe('the default run', () => {
  let run: ModelRun
  let metrics: Record<string, number>
  beforeAll(async () => {
    run = await dalec({})
    metrics = metricsOf(run)
  })

  test('writes every day, with the columns and metrics that the manifest names', () => {
    const days = daysOf(run)
    expect(days).toHaveLength(1461)
    expect([days[0]?.date, days.at(-1)?.date]).toEqual(['2012-01-01', '2015-12-31'])
    expect(Object.keys(run.outputs).toSorted()).toEqual(Object.keys(manifest.outputs).toSorted())
    const columns = Object.keys(manifest.outputs['daily.csv']?.columns ?? {})
    expect(run.outputs['daily.csv']?.split('\n', 1)[0]?.split(',')).toEqual(columns)
    expect(Object.keys(metrics)).toEqual(Object.keys(manifest.metrics))
  })

  test('closes the carbon budget on every day', () => {
    expect(worstMiss(daysOf(run), initialOf(defaults))).toBeLessThan(ROUNDING)
  })

  test('sums the days up in its metrics', () => {
    const days = daysOf(run)
    for (const flux of ['gpp', 'npp', 'ra', 'rh', 'nee'] as const)
      expect(metrics[`${flux}_annual`]).toBeCloseTo((sum(days.map((day) => day[flux])) / 1461) * 365.25, 8)
    expect(metrics['lai_mean']).toBeCloseTo(sum(days.map((day) => day.lai)) / 1461, 10)
    for (const pool of pools) expect(metrics[`c_${pool}_final`]).toBe(days.at(-1)?.pools[pool])
    expect(metrics['c_total_change']).toBeCloseTo(-4 * (metrics['nee_annual'] ?? 0), 6) // four years
  })

  // Old-growth Douglas-fir and western hemlock at Wind River, 230 km from Seattle, mean ± 2 standard deviations:
  // Harmon et al. (2004), Production, respiration, and overall carbon balance in an old-growth
  // Pseudotsuga-Tsuga forest ecosystem. Ecosystems 7, 498–512.
  test.each([
    ['gpp_annual', 1444, 2368],
    ['ra_annual', 845, 1773],
    ['rh_annual', 479, 675],
  ])('has a plausible %s', (metric, low, high) => {
    expect(metrics[metric]).toBeGreaterThan(low)
    expect(metrics[metric]).toBeLessThan(high)
  })

  // A Douglas-fir stand planted in 1949 near Campbell River, 270 to 420 g C m-2 taken up in each of four years:
  // Morgenstern et al. (2004), Agricultural and Forest Meteorology 123, 201–219.
  test('takes up as much carbon as a second-growth Douglas-fir forest', () => {
    expect(metrics['nee_annual']).toBeGreaterThan(-420)
    expect(metrics['nee_annual']).toBeLessThan(-270)
  })

  // Between the mean of temperate evergreen forests (5.1 to 6.7; Asner et al. 2003, Global Ecology and
  // Biogeography 12, 191–205) and old-growth Douglas-fir (8.6; Thomas and Winner 2000, Canadian Journal of
  // Forest Research 30, 1922–1930).
  test('has the leaf area of a temperate evergreen forest', () => {
    expect(metrics['lai_mean']).toBeGreaterThan(5.1)
    expect(metrics['lai_max']).toBeLessThan(8.6)
  })

  test('photosynthesises most in June or July, least in December or January', () => {
    const months = Map.groupBy(daysOf(run), (day) => day.date.slice(5, 7))
    const ranked = Array.from(months, ([month, of]) => ({
      month,
      gpp: sum(of.map((d) => d.gpp)) / of.length,
    }))
      .toSorted((a, b) => a.gpp - b.gpp)
      .map(({ month }) => month)
    expect(['12', '01']).toContain(ranked[0])
    expect(['06', '07']).toContain(ranked.at(-1))
  })

  test('tells its progress modestly and to the end', () => {
    const told = run.stdout.split('\n').filter((line) => line.startsWith('::progress '))
    expect(told.length).toBeGreaterThan(5)
    expect(told.length).toBeLessThanOrEqual(20)
    expect(told.at(-1)).toBe('::progress 1.00')
  })

  test('gives the same bytes again', async () => {
    expect((await dalec({})).outputs).toEqual(run.outputs)
  })
})

describe('over the documented ranges', () => {
  const losses = ['f_foliage', 'f_root', 'r_tot', 'leaf_carbon_per_area', 'foliar_nitrogen']
  const initials = pools.map((pool) => `c_${pool}_initial`)
  const samples = [
    ...latinHypercube(manifest, 24, 2005).map((params, i) => ({
      name: `member ${i} of a Latin hypercube`,
      params,
    })),
    { name: 'all highest', params: corner(manifest, []) },
    { name: 'all lowest', params: corner(manifest, Object.keys(manifest.parameters)) },
    {
      name: 'the fastest losses from the smallest pools',
      params: corner(manifest, [...losses, ...initials]),
    },
    { name: 'the fastest losses from the largest pools', params: corner(manifest, losses) },
    {
      name: 'no growth to speak of',
      params: corner(manifest, ['foliar_nitrogen', 'c_foliage_initial', 'latitude']),
    },
    {
      name: 'the slowest losses',
      params: corner(
        manifest,
        Object.keys(defaults).filter((name) => /^(turnover|miner|decomp|temp|f_auto|r_tot)/.test(name)),
      ),
    },
  ]

  test.each(samples)('pools stay positive and the budget closes: $name', async ({ params }) => {
    const days = daysOf(await dalec(params))
    expect(days).toHaveLength(1461)
    expect(worstMiss(days, initialOf(params))).toBeLessThan(ROUNDING)
    const numbers = days.flatMap((day) => [day.gpp, day.ra, day.rh, day.lai, ...Object.values(day.pools)])
    expect(numbers.every(Number.isFinite)).toBe(true)
    expect(Math.min(...days.map((day) => day.gpp))).toBeGreaterThanOrEqual(0)
    for (const pool of pools) expect(Math.min(...days.map((day) => day.pools[pool]))).toBeGreaterThan(0)
  })
})
