/**
 * Designs of ensembles as they are asked for: which parameters and inputs vary, and how. What can be checked without
 * knowing the model is checked here; the rest (ranges, types, names) in `libs/ensemble`.
 */
import { z } from 'zod'
import { few, InputSource, InputUrl, MOST_PARAMS, ParamValue } from './grammar.ts'

/** Members of one ensemble at most: their ids have at most nine digits. */
export const MOST_MEMBERS = 100_000_000
/** Values of one parameter in a list, and rows in the request: no list in a request may be longer. */
const MOST_VALUES = 4096
/** Levels that are counted out. */
const MOST_LEVELS = 10_000

/** How the model's version is named among what varies. */
export const VERSION = '@version'
/** Versions of a model in one ensemble: each is pinned whole. */
export const MOST_VERSIONS = 32

/** What varies: a parameter by its name, an input as `input.<name>`, the model's version as `@version`. */
export const VaryName = z
  .string()
  .regex(
    /^([A-Za-z][A-Za-z0-9_]{0,63}|input\.[A-Za-z0-9._-]{1,128}|@version)$/,
    'a parameter name, input.<name> for an input, or @version for the versions of the model',
  )
  .meta({ id: 'VaryName', examples: ['k', 'input.drivers'] })

const number = z.number('a finite number')
const positive = number.positive('a number greater than 0')
const pair = z.tuple([number, number])
const increasing = pair.refine(([low, high]) => low < high, 'two numbers, the lower one first: [low, high]')

const truncate = z
  .union([z.literal('range'), increasing], {
    error: '"range" (that of the manifest), or [low, high]',
  })
  .optional()
  .meta({ description: 'Cuts the distribution to an interval and makes the rest whole again' })

/** A value of the list: of a parameter, or an input's source. */
const Listed = z.union([ParamValue, InputSource], {
  error: 'a value of the parameter, or a source of the input',
})
const values = z.array(Listed).min(1).max(MOST_VALUES)

const LOG = 'two numbers greater than 0, the lower one first'
const BETA = '[a, b] or [a, b, low, high]: a and b greater than 0, low below high'

/** The words for a distribution's kind: exactly one of them stands in it. */
export const distributionKinds = [
  'uniform',
  'loguniform',
  'normal',
  'lognormal',
  'triangular',
  'beta',
  'gamma',
  'values',
] as const

const distribution = {
  uniform: increasing.optional(),
  loguniform: z
    .tuple([positive, positive])
    .refine(([low, high]) => low < high, LOG)
    .optional(),
  normal: z.tuple([number, positive]).optional(),
  lognormal: z.tuple([number, positive]).optional(),
  triangular: z
    .tuple([number, number, number])
    .refine(
      ([low, mode, high]) => low <= mode && mode <= high && low < high,
      '[low, mode, high], in this order',
    )
    .optional(),
  beta: z
    .array(number)
    .refine(
      ([a = 0, b = 0, low = 0, high = 1, ...rest]) => a > 0 && b > 0 && low < high && rest.length === 0,
      BETA,
    )
    .refine((all) => all.length === 2 || all.length === 4, BETA)
    .optional(),
  gamma: z.tuple([positive, positive]).optional(),
  values: values.optional(),
  weights: z.array(positive).min(1).max(MOST_VALUES).optional(),
  truncate,
}

type Weighted = { values?: unknown[] | undefined; weights?: unknown[] | undefined; truncate?: unknown }

function fitTogether({ values: listed, weights, truncate: cut }: Weighted, context: z.RefinementCtx): void {
  if (weights !== undefined && weights.length !== listed?.length)
    context.addIssue({ code: 'custom', path: ['weights'], message: 'as many as there are values' })
  if (cut !== undefined && listed !== undefined)
    context.addIssue({ code: 'custom', path: ['truncate'], message: 'not with values' })
}

/** Distributions, each by its usual parameters; a value is its quantile at a point of (0, 1). */
export const Distribution = z
  .strictObject(distribution)
  .superRefine((each, context) => {
    oneOf(distributionKinds, each, context)
    fitTogether(each, context)
  })
  .meta({
    id: 'Distribution',
    description:
      'One of: uniform [low, high] (of an integer parameter both ends included), loguniform [low, high], normal [mean, standard deviation], lognormal [mean and standard deviation of the logarithm], triangular [low, mode, high], beta [a, b] or [a, b, low, high], gamma [shape, scale], or values, equally likely or by weights',
    examples: [{ uniform: [0.1, 0.5] }, { normal: [10, 2], truncate: 'range' }, { values: ['C3', 'C4'] }],
  })
export type Distribution = z.infer<typeof Distribution>

/** How something varies in a design that draws: by a distribution, or as the manifest says of the parameter. */
export const Varying = z
  .strictObject({
    ...distribution,
    manifest: z.literal(true).optional().meta({
      description: 'by the distribution that the manifest gives the parameter, else evenly over its range',
    }),
  })
  .superRefine((each, context) => {
    oneOf([...distributionKinds, 'manifest'], each, context)
    fitTogether(each, context)
    if (each.manifest && each.truncate !== undefined)
      context.addIssue({ code: 'custom', path: ['truncate'], message: 'not with manifest' })
  })
  .meta({
    id: 'Varying',
    description: 'A distribution, as Distribution has them, or { "manifest": true }: as the manifest says',
    examples: [{ uniform: [0.1, 0.5] }, { manifest: true }],
  })
export type Varying = z.infer<typeof Varying>

const STEPS = `a whole number from 2 to ${MOST_LEVELS}`
const steps = z.int(STEPS).min(2, STEPS).max(MOST_LEVELS, STEPS)

/** The words for a list of levels: exactly one of them stands in it. */
export const levelKinds = ['values', 'linspace', 'logspace'] as const

/** Levels of a parameter, for designs that go through all of them. */
export const Levels = z
  .strictObject({
    values: values.optional(),
    linspace: z.tuple([number, number, steps]).optional(),
    logspace: z.tuple([positive, positive, steps]).optional(),
  })
  .superRefine((each, context) => oneOf(levelKinds, each, context))
  .meta({
    id: 'Levels',
    description:
      'One of: values as a list, or linspace and logspace [first, last, how many], both ends included',
    examples: [{ values: [1, 2, 5] }, { linspace: [0, 1, 11] }],
  })
export type Levels = z.infer<typeof Levels>

function oneOf(kinds: readonly string[], each: object, context: z.RefinementCtx): void {
  if (kinds.filter((kind) => Reflect.get(each, kind) !== undefined).length !== 1)
    context.addIssue({ code: 'custom', path: [], message: `exactly one of ${kinds.join(', ')}` })
}

const MOST_VARIED = MOST_PARAMS
const varied = <V extends z.ZodType>(each: V) =>
  few(VaryName, each, MOST_VARIED, 'names').refine(
    (record) => Object.keys(record).length > 0,
    'at least one parameter or input that varies',
  )

const SAMPLES = `a whole number from 1 to ${MOST_MEMBERS}`
const samples = z.int(SAMPLES).min(1, SAMPLES).max(MOST_MEMBERS, SAMPLES)
const SEED = 'a whole number from 0 to 4294967295'
const seed = z
  .int(SEED)
  .min(0, SEED)
  .max(2 ** 32 - 1, SEED)
  .default(0)
const random = { samples, seed, vary: varied(Varying) }

/** A row of a table: a value for each column, which are parameters and `input.<name>`. */
export const TableRow = z.record(VaryName, Listed)

export const Design = z
  .discriminatedUnion(
    'kind',
    [
      z.strictObject({
        kind: z.literal('table'),
        rows: z
          .array(TableRow)
          .min(1)
          .max(MOST_VALUES, `at most ${MOST_VALUES} rows: a larger table by its url`)
          .optional(),
        url: InputUrl.optional(),
        format: z.enum(['csv', 'parquet']).optional(),
      }),
      z.strictObject({ kind: z.literal('grid'), vary: varied(Levels) }),
      z.strictObject({ kind: z.literal('oat'), vary: varied(Levels) }),
      z.strictObject({ kind: z.literal('random'), ...random }),
      z.strictObject({ kind: z.literal('lhs'), ...random }),
      z.strictObject({ kind: z.literal('sobol'), ...random }),
      z.strictObject({ kind: z.literal('saltelli'), ...random }),
    ],
    { error: 'a design: { "kind": "table", "grid", "oat", "random", "lhs", "sobol" or "saltelli", … }' },
  )
  .superRefine((design, context) => {
    if (design.kind === 'table' && (design.rows === undefined) === (design.url === undefined))
      context.addIssue({
        code: 'custom',
        path: [],
        message: 'either rows, or the url of a CSV or Parquet file',
      })
    if (design.kind === 'saltelli' && !isPowerOfTwo(design.samples))
      context.addIssue({
        code: 'custom',
        path: ['samples'],
        message: 'base rows N, a power of two: N(d + 2) members are run, where d is how many parameters vary',
      })
  })
  .meta({
    id: 'Design',
    description:
      'table: a member for each row. grid: all combinations of levels. oat: the base, then one parameter at a time at each of its levels. random, lhs (Latin hypercube), sobol (scrambled Sobol’ points): `samples` members. saltelli: the paired matrices that Sobol’ indices need, N(d + 2) members of N = `samples` base rows',
    examples: [{ kind: 'lhs', samples: 1000, seed: 7, vary: { k: { uniform: [0.1, 0.5] } } }],
  })
export type Design = z.infer<typeof Design>

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value))
}
