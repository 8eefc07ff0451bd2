/** Summaries such as an ensemble of the DALEC model gives: four years of days, six parameters, three metrics. */
import type { EnsembleSummary, Sensitivity } from '@carya/contracts'

type Metric = EnsembleSummary['metrics'][number]
type Series = EnsembleSummary['series'][number]

const DAYS = 1461
const MEMBERS = 200
const P = [0.05, 0.25, 0.5, 0.75, 0.95]

/** Numbers of [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function quantile(sorted: readonly number[], p: number): number {
  const at = p * (sorted.length - 1)
  const low = sorted[Math.floor(at)] ?? 0
  return low * (1 - (at % 1)) + (sorted[Math.ceil(at)] ?? low) * (at % 1)
}

const quantilesOf = (values: readonly number[]): number[] => {
  const sorted = values.toSorted((a, b) => a - b)
  return P.map((p) => quantile(sorted, p))
}

export function metricOf(name: string, values: readonly number[], axis: Partial<Metric> = {}): Metric {
  const sorted = values.toSorted((a, b) => a - b)
  const [min = 0, max = 0] = [sorted[0], sorted.at(-1)]
  const half = max > min ? 0 : Math.abs(min) / 20 || 0.5
  const mean = values.reduce((sum, value) => sum + value / values.length, 0)
  const bins = max > min ? 20 : 1
  const [first, last] = [min - half, max + half]
  const edges = Array.from({ length: bins + 1 }, (_, at) => first * (1 - at / bins) + last * (at / bins))
  const counts = Array.from({ length: bins }, () => 0)
  for (const value of values) {
    const bin = max > min ? Math.min(Math.floor(((value - min) / (max - min)) * bins), bins - 1) : 0
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const [p5 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0] = quantilesOf(values)
  const sd = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / values.length, 0))
  const quantiles: Metric['quantiles'] = [p5, p25, p50, p75, p95]
  return { name, count: values.length, mean, sd, min, max, quantiles, histogram: { edges, counts }, ...axis }
}

export function seriesOf(
  variable: string,
  times: string[],
  members: readonly (readonly (number | null)[])[],
  axis: Partial<Series> = {},
): Series {
  const columns = times.map((_, at) => members.flatMap((values) => values[at] ?? []))
  const rows = columns.map((values) => (values.length === 0 ? P.map(() => null) : quantilesOf(values)))
  const quantiles = P.map((_, row) => rows.map((each) => each[row] ?? null))
  const lines = members.slice(0, 12).map((values, index) => ({ index, values: [...values] }))
  const of = { output: 'daily.csv', method: 'exact' as const, members: members.length }
  return { ...of, variable, times, quantiles, lines, ...axis }
}

const varied: EnsembleSummary['varied'] = [
  { name: 'foliar_nitrogen', type: 'number', unit: 'g N m-2 leaf', description: 'Nitrogen per leaf area' },
  {
    name: 'r_tot',
    type: 'number',
    unit: 'MPa m2 s mmol-1',
    description: 'Hydraulic resistance from soil to leaf',
  },
  { name: 'f_auto', type: 'number', description: 'Share of GPP that the plants respire' },
  {
    name: 'turnover_foliage',
    type: 'number',
    unit: 'd-1',
    description: 'Turnover of foliage (a leaf lives 1 to 8 years)',
  },
  {
    name: 'mineralisation_litter',
    type: 'number',
    unit: 'd-1',
    description: 'Respiration of litter at 10 degrees C',
  },
  {
    name: 'temperature_sensitivity',
    type: 'number',
    unit: '(degree C)-1',
    description:
      'Exponent of the temperature response of litter and soil; 0.0693 doubles it every 10 degrees',
  },
]

/** What each parameter does to each metric, about. */
const effects: Record<string, number[]> = {
  gpp_annual: [0.71, -0.38, -0.22, -0.41, 0.02, 0.01],
  nee_annual: [-0.44, 0.27, 0.68, 0.21, 0.3, -0.12],
  lai_max: [0.37, -0.2, -0.31, -0.72, 0.01, -0.01],
}

export const emptySummary: EnsembleSummary = {
  v: 1,
  id: 'e01jd8z5m3v6x7k9q2w4r5t6y7p',
  model: 'dalec@1.0.0',
  members: { total: 1000, succeeded: 987, failed: 13, cancelled: 0 },
  complete: true,
  varied,
  metrics: [],
  sensitivities: [],
  series: [],
  failures: [],
  ranges: {},
  notes: [],
}

/** An ensemble by Latin hypercube: regression coefficients and rank correlations. */
export function dalecSummary(): EnsembleSummary {
  const random = randomFrom(7)
  const normal = () => random() + random() + random() + random() - 2
  const weather = Array.from({ length: DAYS }, () => 0.75 + 0.5 * random())
  const traits = Array.from({ length: MEMBERS }, () => ({
    gain: 1 + 0.3 * normal(),
    loss: 1 + 0.25 * normal(),
  }))
  const season = (day: number) => (1 - Math.cos((2 * Math.PI * (day - 15)) / 365.25)) / 2
  const gpp = traits.map(({ gain }) => weather.map((sun, day) => 1.2 + 7 * season(day) ** 1.4 * sun * gain))
  const nee = traits.map(({ loss }, member) =>
    weather.map(
      (sun, day) => loss * (2.4 + 2.6 * season(day - 20)) - (gpp[member]?.[day] ?? 0) * 0.9 + sun - 1,
    ),
  )
  const times = weather.map((_, day) => new Date(Date.UTC(2012, 0, 1 + day)).toISOString().slice(0, 10))
  const annual = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / 4
  const gC = 'g C m-2 d-1'
  const perYear = 'g C m-2 yr-1'
  return {
    ...emptySummary,
    series: [
      seriesOf('gpp', times, gpp, { unit: gC, description: 'Gross primary production' }),
      seriesOf('nee', times, nee, { unit: gC, description: 'Net ecosystem exchange; negative is uptake' }),
    ],
    metrics: [
      metricOf('gpp_annual', gpp.map(annual), {
        unit: perYear,
        description: 'Mean gross primary production',
      }),
      metricOf('nee_annual', nee.map(annual), {
        unit: perYear,
        description: 'Mean net ecosystem exchange; negative is uptake',
      }),
      metricOf(
        'lai_max',
        traits.map(({ gain }) => 3.1 * gain ** 1.8 + 0.3 * normal()),
        { unit: 'm2 m-2', description: 'Highest leaf area index' },
      ),
    ],
    sensitivities: rowsOf((row, effect) => ({ ...row, src: effect, spearman: effect * 0.95, r2: 0.914 })),
  }
}

/** The same by Saltelli's design: Sobol’ indices with their intervals. */
export function saltelliSummary(): EnsembleSummary {
  return {
    ...dalecSummary(),
    members: { total: 8192, succeeded: 8192, failed: 0, cancelled: 0 },
    sensitivities: rowsOf((row, effect) => {
      const first = effect ** 2
      const total = first * 1.15 + 0.02
      const interval = {
        firstLow: first - 0.04,
        firstHigh: first + 0.04,
        totalLow: total - 0.03,
        totalHigh: total + 0.03,
      }
      return { ...row, src: effect, spearman: effect, r2: 0.9, first, total, ...interval }
    }),
  }
}

function rowsOf(
  fill: (row: { metric: string; parameter: string; count: number }, effect: number) => Sensitivity,
) {
  return Object.entries(effects).flatMap(([metric, all]) =>
    varied.map(({ name }, at) => fill({ metric, parameter: name, count: 987 }, all[at] ?? 0)),
  )
}
