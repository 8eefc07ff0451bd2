/** What comes of an ensemble: the files of its results, and the statistics in `summary.json`. */
import { z } from 'zod'
import { Varied } from './ensemble.ts'
import { ModelRef } from './grammar.ts'
import { EnsembleId } from './ids.ts'

/** Files of an ensemble's results, as `GET /v1/ensembles/{id}/results/{file}` gives them. */
export const resultFiles = [
  'results.csv',
  'results.parquet',
  'quantiles.csv',
  'sensitivity.csv',
  'summary.json',
] as const
export type ResultFile = (typeof resultFiles)[number]

/** Their media types. */
export const resultTypes: Readonly<Record<ResultFile, string>> = {
  'results.csv': 'text/csv; charset=utf-8',
  'results.parquet': 'application/vnd.apache.parquet',
  'quantiles.csv': 'text/csv; charset=utf-8',
  'sensitivity.csv': 'text/csv; charset=utf-8',
  'summary.json': 'application/json; charset=utf-8',
}

const axis = { unit: z.string().optional(), description: z.string().optional() }

/** A metric over the members that succeeded. */
const MetricSummary = z.looseObject({
  name: z.string(),
  ...axis,
  count: z.int(),
  mean: z.number(),
  sd: z.number(),
  min: z.number(),
  max: z.number(),
  quantiles: z.tuple([z.number(), z.number(), z.number(), z.number(), z.number()]).meta({
    description: '5, 25, 50, 75 and 95 %',
  }),
  histogram: z.looseObject({
    edges: z.array(z.number()).meta({ description: 'one more than there are counts' }),
    counts: z.array(z.int()),
  }),
})

/** What a varied parameter did to a metric. */
export const Sensitivity = z
  .looseObject({
    metric: z.string(),
    parameter: z.string(),
    count: z.int(),
    spearman: z.number().nullable().meta({ description: 'rank correlation' }),
    src: z.number().nullable().meta({ description: 'standardised regression coefficient' }),
    r2: z.number().nullable().meta({ description: 'of that regression' }),
    first: z.number().optional().meta({ description: 'first-order Sobol’ index' }),
    firstLow: z.number().optional(),
    firstHigh: z.number().optional(),
    total: z.number().optional().meta({ description: 'total Sobol’ index' }),
    totalLow: z.number().optional(),
    totalHigh: z.number().optional(),
  })
  .meta({ id: 'Sensitivity' })
export type Sensitivity = z.infer<typeof Sensitivity>

/** One variable of a declared time series over the members. Times as they stand in the model's file. */
const SeriesSummary = z.looseObject({
  output: z.string(),
  variable: z.string(),
  ...axis,
  method: z.enum(['exact', 'sketch']),
  members: z.int(),
  times: z.array(z.string()),
  quantiles: z
    .array(z.array(z.number().nullable()))
    .meta({ description: 'five rows: 5, 25, 50, 75 and 95 %, a value for each time' }),
  lines: z
    .array(z.looseObject({ index: z.int(), values: z.array(z.number().nullable()) }))
    .meta({ description: 'some members' }),
  thinned: z
    .boolean()
    .optional()
    .meta({ description: 'times are means over several steps; quantiles.csv has all' }),
})

/** `summary.json`: what a table on a terminal and a picture need, of bounded size. */
export const EnsembleSummary = z
  .looseObject({
    v: z.literal(1),
    id: EnsembleId,
    model: ModelRef,
    members: z.looseObject({
      total: z.int(),
      succeeded: z.int(),
      failed: z.int(),
      cancelled: z.int(),
    }),
    complete: z.boolean(),
    varied: z.array(Varied),
    metrics: z.array(MetricSummary),
    sensitivities: z.array(Sensitivity),
    series: z.array(SeriesSummary),
    failures: z.array(
      z.looseObject({
        kind: z.string(),
        exitCode: z.int().nullable(),
        lastLine: z.string(),
        count: z.int(),
        example: z.int().meta({ description: 'index of one of them' }),
        ranges: z
          .record(z.string(), z.tuple([z.number(), z.number()]))
          .meta({ description: 'where the varied numbers of these members lie' }),
      }),
    ),
    ranges: z
      .record(z.string(), z.tuple([z.number(), z.number()]))
      .meta({ description: 'where the varied numbers of all members lie' }),
    notes: z.array(z.string()),
  })
  .meta({ id: 'EnsembleSummary', description: 'Statistics of an ensemble' })
export type EnsembleSummary = z.infer<typeof EnsembleSummary>
