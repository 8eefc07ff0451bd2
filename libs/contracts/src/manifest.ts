/** A model's manifest (`model.yaml`), and a model as it is registered: the manifest with its image pinned by digest. */
import { z } from 'zod'
import {
  few,
  FileName,
  InputSource,
  MOST_INPUTS,
  MOST_PARAMS,
  Name,
  ParamName,
  ParamValue,
  Resources,
  Retries,
  Time,
  Version,
} from './grammar.ts'
import { Duration, Lease } from './quantities.ts'

const text = z.string().max(4096)
const note = { unit: text.optional(), description: text.optional() }

export const Parameter = z
  .strictObject({
    type: z.enum(['number', 'integer', 'boolean', 'string']),
    default: ParamValue.optional(),
    range: z
      .tuple([z.number(), z.number()])
      .refine(([low, high]) => low <= high, 'a range: [lowest, highest]')
      .optional(),
    choices: z.array(z.string()).min(1).max(256).optional(),
    ...note,
  })
  .meta({ id: 'Parameter', description: 'Without a default the parameter must be given by each run' })
export type Parameter = z.infer<typeof Parameter>

/** Image references as engines read them; the digest is found by a worker. */
const ImageRef = z
  .string()
  .regex(
    /^(?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[a-z0-9._/-]+(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
    'an image reference, for example ghcr.io/lab/dalec:1.0.0',
  )

export const Manifest = z
  .strictObject({
    name: Name,
    version: Version,
    description: text.optional(),
    authors: z.array(text).max(100).optional(),
    citation: text.optional(),
    licence: text.optional(),
    links: z.array(z.url()).max(32).optional(),
    image: ImageRef,
    command: z.array(z.string()).min(1).max(256).optional(),
    parameters: few(ParamName, Parameter, MOST_PARAMS, 'parameters').default({}),
    inputs: few(
      FileName,
      z.strictObject({
        required: z.boolean().default(true),
        default: InputSource.optional(),
        mediaType: text.optional(),
        description: text.optional(),
      }),
      MOST_INPUTS,
      'inputs',
    ).default({}),
    outputs: z
      .record(
        z.string().min(1).max(256),
        z.strictObject({
          mediaType: text.optional(),
          description: text.optional(),
          columns: z.record(z.string(), z.strictObject(note)).optional(),
          series: z
            .strictObject({ time: z.string().min(1) })
            .optional()
            .meta({
              description:
                'a CSV file with one line for each time step: `time` names the column that says when, and each other column of numbers is summarised over the members of an ensemble',
            }),
        }),
      )
      .default({}),
    metrics: z.record(z.string(), z.strictObject(note)).default({}),
    resources: Resources.default({}),
    timeout: Duration.optional().meta({ description: 'for each attempt, from the start of the model' }),
    deadline: Duration.optional().meta({ description: 'for the whole run, from its acceptance' }),
    lease: Lease.optional(),
    retries: Retries.optional(),
  })
  .superRefine((manifest, context) => {
    const seen = new Map<string, string>()
    for (const [name, parameter] of Object.entries(manifest.parameters)) {
      const other = seen.get(name.toLowerCase())
      if (other !== undefined)
        context.addIssue({
          code: 'custom',
          path: ['parameters', name],
          message: `a name that differs from ${other} by more than case: in the environment both are the same`,
        })
      seen.set(name.toLowerCase(), name)
      const wrong = parameter.default === undefined ? undefined : misfit(parameter, parameter.default)
      if (wrong !== undefined)
        context.addIssue({ code: 'custom', path: ['parameters', name, 'default'], message: wrong })
    }
  })
  .meta({ id: 'Manifest', description: 'What a model is: image, parameters, inputs, outputs (`model.yaml`)' })
export type Manifest = z.infer<typeof Manifest>

/** What would be right instead of this value; undefined where it fits the parameter's type, range and choices. */
export function misfit(parameter: Parameter, value: z.infer<typeof ParamValue>): string | undefined {
  const { type, range, choices, unit } = parameter
  const within = range ? ` from ${range[0]} to ${range[1]}${unit ? ` ${unit}` : ''}` : ''
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'string': {
      if (typeof value !== 'string') return choices ? `one of ${choices.join(', ')}` : 'a text'
      return choices && !choices.includes(value) ? `one of ${choices.join(', ')}` : undefined
    }
    case 'number':
    case 'integer': {
      const right = typeof value === 'number' && (type === 'number' || Number.isSafeInteger(value))
      const inside = !range || (right && value >= range[0] && value <= range[1])
      return right && inside ? undefined : `${type === 'integer' ? 'a whole number' : 'a number'}${within}`
    }
  }
}

/**
 * An image, pinned. `digest` is the registry's digest (`by: 'repo'`), which any host can pull, or, for an image
 * that was built on the host, the engine's image id (`by: 'id'`), which only hosts that have it can run.
 */
export const PinnedImage = z
  .looseObject({
    name: z.string(),
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
    by: z.enum(['repo', 'id']),
  })
  .meta({ id: 'PinnedImage' })
export type PinnedImage = z.infer<typeof PinnedImage>

export const Model = z
  .looseObject({
    v: z.literal(1),
    name: Name,
    version: Version,
    default: z.boolean().meta({ description: 'Whether a run that names no version gets this one' }),
    image: PinnedImage,
    manifest: Manifest,
    registeredAt: Time,
  })
  .meta({ id: 'Model', description: 'A registered model' })
export type Model = z.infer<typeof Model>
