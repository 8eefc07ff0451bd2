/**
 * A model's manifest (`model.yaml`), and a model as it is registered: the manifest with its image pinned by digest. Here
 * stands the form of a manifest; whether what it says fits together, `libs/manifest` finds out when it is registered,
 * so that what was registered once stays readable whatever is asked of manifests later.
 */
import { z } from 'zod'
import {
  few,
  FileName,
  InputSource,
  MOST_INPUTS,
  MOST_PARAMS,
  Name,
  ParamName,
  Params,
  Resources,
  Retries,
  Time,
  Version,
} from './grammar.ts'
import { Parameter, text } from './parameter.ts'
import { Duration, Lease } from './quantities.ts'
import { IsolationAsked, MetricDeclared, OutputDeclared, PlacePath } from './setup.ts'

/** `host.example:5000/`: what has a dot or a port, or is localhost, is a registry and no part of the name. */
const REGISTRY = String.raw`(?:localhost|(?=[^/]*[.:])[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d{1,5})?\/`
const WORD = String.raw`[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*`

/** Image references as engines read them; the digest is found by a worker. */
export const ImageRef = z
  .string()
  .max(512)
  .regex(
    new RegExp(
      `^(?:${REGISTRY})?${WORD}(?:/${WORD})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
    ),
    'an image reference, for example ghcr.io/lab/dalec:1.0.0: its name in lower case, then perhaps :TAG or @sha256:DIGEST',
  )

/** Characters of all templates of a manifest together. */
export const MOST_TEMPLATE = 65_536
export const MOST_FILES = 64
const MOST_OUTPUTS = 1000

export const FileToRender = z
  .strictObject({
    template: z
      .string()
      .max(MOST_TEMPLATE)
      .meta({ description: 'its text, with {{ params.NAME }} where values go' }),
    description: text.optional(),
  })
  .meta({ id: 'FileToRender' })

export const InputDeclared = z
  .strictObject({
    required: z.boolean().default(true),
    default: InputSource.optional(),
    mediaType: text.optional(),
    description: text.optional(),
    path: PlacePath.optional().meta({
      description: 'where the model wants it, instead of /carya/inputs/NAME',
    }),
    unpack: z
      .boolean()
      .optional()
      .meta({ description: 'an archive (tar, tar.gz, zip): the model gets a folder with what is in it' }),
  })
  .meta({ id: 'InputDeclared' })

const TOLERANCE = 'a share from 0 to 1, for example 1e-6'

export const ModelTest = z
  .strictObject({
    params: Params.optional(),
    inputs: few(FileName, InputSource, MOST_INPUTS, 'inputs').optional(),
    metrics: z.record(z.string(), z.number()).optional().meta({ description: 'as they must come out' }),
    outputs: z.record(z.string().min(1).max(256), InputSource).optional().meta({
      description: 'files that must come out: the same words in the same order, numbers within the tolerance',
    }),
    tolerance: z
      .number(TOLERANCE)
      .min(0, TOLERANCE)
      .max(1, TOLERANCE)
      .default(1e-9)
      .meta({ description: 'by how much numbers may differ, as a share of what is expected' }),
  })
  .meta({ id: 'ModelTest', description: 'An example run, and what must come of it' })
export type ModelTest = z.infer<typeof ModelTest>

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
    workdir: PlacePath.refine((path) => path.startsWith('/'), 'an absolute path')
      .optional()
      .meta({ description: 'the working folder, where it is not /carya/outputs' }),
    parameters: few(ParamName, Parameter, MOST_PARAMS, 'parameters').default({}),
    files: few(PlacePath, FileToRender, MOST_FILES, 'files')
      .optional()
      .meta({ description: "parameter files in the model's own format, by where it wants them" }),
    inputs: few(FileName, InputDeclared, MOST_INPUTS, 'inputs').default({}),
    outputs: few(z.string().min(1).max(256), OutputDeclared, MOST_OUTPUTS, 'outputs').default({}),
    metrics: z.record(z.string(), MetricDeclared).default({}),
    isolation: IsolationAsked.optional(),
    test: ModelTest.optional(),
    resources: Resources.default({}),
    timeout: Duration.optional().meta({ description: 'for each attempt, from the start of the model' }),
    deadline: Duration.optional().meta({ description: 'for the whole run, from its acceptance' }),
    lease: Lease.optional(),
    retries: Retries.optional(),
  })
  .meta({ id: 'Manifest', description: 'What a model is: image, parameters, inputs, outputs (`model.yaml`)' })
export type Manifest = z.infer<typeof Manifest>

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
