/**
 * How a model's container is set up beyond what all of them get: where the model wants its inputs and parameter files,
 * what is read from its outputs, what isolation it asks to be without. The manifest declares it, a run pins it, and
 * its job carries it to the worker as one field, `setup`, absent where nothing of it is asked.
 */
import { z } from 'zod'
import { FileName } from './grammar.ts'
import { note, text } from './parameter.ts'
import { isMountable } from './places.ts'

const PLACE =
  'a path in the container (/opt/model/in.nml), or one within the working folder (in.nml): no :, no . or .., no name of over 255 bytes, and not in /proc, /sys, /dev or /carya itself'

/** Where a file stands in the container: absolute, or relative to `/carya/outputs`. */
export const PlacePath = z
  .string()
  .max(255, { error: PLACE, abort: true })
  .regex(/^\/?[^/\0\p{Cc}]+(\/[^/\0\p{Cc}]+)*$/u, PLACE)
  .refine(isMountable, PLACE)
  .refine((path) => path.split('/').every((step) => step !== '.' && step !== '..'), PLACE)
  .refine((path) => !/^\/(proc|sys|dev|carya)(\/|$)/.test(path), PLACE)
  .meta({ id: 'PlacePath', examples: ['in.nml', '/opt/model/in.nml'] })

/** How a text file of numbers is laid out whose columns are read: series, and metrics taken from them. */
export const Series = z
  .strictObject({
    time: z.string().min(1).meta({ description: 'the column that says when' }),
    format: z.enum(['csv', 'columns']).optional().meta({
      description:
        'csv where nothing is said; columns: numbers with white space between them, as many programs write',
    }),
    names: z
      .array(z.string().min(1).max(64))
      .min(1)
      .max(1000)
      .optional()
      .meta({ description: 'of the columns, in order, where the file has no line of names' }),
    skip: z.int().min(0).max(1000).optional().meta({ description: 'lines before the names or the numbers' }),
    comment: z
      .string()
      .length(1, 'one character')
      .optional()
      .meta({ description: 'a character: lines that begin with it are passed over' }),
  })
  .meta({
    id: 'Series',
    description:
      'a file with one line for each time step: each column of numbers is summarised over the members of an ensemble',
  })
export type Series = z.infer<typeof Series>

/** An output by its name, or several by a pattern: `*` and `?` within a folder, `**` across folders. */
export const OutputDeclared = z.strictObject({
  mediaType: text.optional(),
  description: text.optional(),
  required: z.boolean().optional().meta({ description: 'a run that has not written it has failed' }),
  columns: z.record(z.string(), z.strictObject(note)).optional(),
  series: Series.optional(),
})
export type OutputDeclared = z.infer<typeof OutputDeclared>

/** A metric that is taken from a column of a series; it counts before one of its name in `metrics.json`. */
export const MetricFrom = z
  .strictObject({
    output: z.string().min(1).max(256).meta({ description: 'an output that has a series' }),
    column: z.string().min(1).max(64),
    take: z.enum(['mean', 'sum', 'first', 'last', 'min', 'max']),
  })
  .meta({ id: 'MetricFrom', examples: [{ output: 'out.txt', column: 'v_out', take: 'max' }] })
export type MetricFrom = z.infer<typeof MetricFrom>

export const MetricDeclared = z.strictObject({
  ...note,
  from: MetricFrom.optional().meta({
    description: 'a column it is taken from; without it the model writes the metric into `metrics.json`',
  }),
})
export type MetricDeclared = z.infer<typeof MetricDeclared>

const NO_CAPABILITIES =
  'none: models have no capabilities, for what engines add has no effect on a user that is not root (docs/security.md)'

/** An empty list, so that who asks for some is told why there are none. */
export const NoCapabilities = z
  .array(z.string())
  .max(0, NO_CAPABILITIES)
  .meta({ id: 'NoCapabilities', description: 'Models have no capabilities: the list is empty' })

/** What a model asks beyond the isolation that all have; the policy of its host must allow it. */
export const IsolationAsked = z
  .strictObject({
    network: z
      .enum(['none', 'outbound'])
      .optional()
      .meta({ description: 'outbound: through the engine’s bridge; nothing is published' }),
    writable: z
      .array(PlacePath.refine((path) => path.startsWith('/'), 'an absolute path'))
      .max(16)
      .optional()
      .meta({ description: 'folders in memory that may be written, as /tmp may; they share its size' }),
    capabilities: NoCapabilities.optional(),
    runtime: z
      .string()
      .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}$/, 'the name of a runtime that the engine knows')
      .optional(),
  })
  .meta({ id: 'IsolationAsked' })
export type IsolationAsked = z.infer<typeof IsolationAsked>

/** What a model's run pins of its manifest for the worker, and its job carries. */
export const Setup = z
  .looseObject({
    workdir: z.string().optional(),
    /** where inputs stand that do not lie in `/carya/inputs`, and which of them are archives to be unpacked */
    inputs: z
      .record(FileName, z.looseObject({ path: z.string().optional(), unpack: z.boolean().optional() }))
      .optional(),
    /** outputs that must be there, or that metrics are taken from */
    outputs: z
      .record(
        z.string(),
        z.looseObject({ required: z.boolean().optional(), series: z.looseObject(Series.shape).optional() }),
      )
      .optional(),
    metrics: z.record(z.string(), z.looseObject(MetricFrom.shape)).optional(),
    isolation: IsolationAsked.loose().optional(),
  })
  .meta({ id: 'Setup', description: 'What of its manifest a worker must know to run a model' })
export type Setup = z.infer<typeof Setup>

/** Features that a worker must know for a job, named in its `needs`: one that does not know them declines it (H22). */
export const features = ['files', 'setup', 'unpack', 'isolation', 'disk'] as const
export type Feature = (typeof features)[number]
