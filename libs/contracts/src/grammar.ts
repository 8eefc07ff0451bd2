/** The small words that all documents are made of: names, versions, parameters, inputs, labels, times. */
import { z } from 'zod'
import { limits } from './containers.ts'
import { parseSize, Size } from './quantities.ts'

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/

/** No dots: names are words of routing keys. */
export const Name = z
  .string()
  .regex(NAME, 'a name: lower-case letters, digits, _ and -, at most 63, beginning with a letter or digit')
  .meta({ id: 'Name', examples: ['dalec'] })

export const Version = z
  .string()
  .regex(VERSION, 'a version: letters, digits, . _ + -, at most 64, for example 1.0.0')
  .meta({ id: 'Version', examples: ['1.0.0'] })

export const ModelRef = z
  .string()
  .regex(
    new RegExp(`^${NAME.source.slice(1, -1)}(@${VERSION.source.slice(1, -1)})?$`),
    'a model: its name, or name@version, for example dalec@1.0.0',
  )
  .meta({
    id: 'ModelRef',
    description: '`name@version`; without a version, its default',
    examples: ['dalec@1.0.0'],
  })

export const ParamName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'a parameter name: a letter, then letters, digits and _, at most 64')
  .meta({ id: 'ParamName' })

/** A NUL cannot stand in the environment, where parameters go. */
export const ParamValue = z
  .union(
    [
      z.number(),
      z.boolean(),
      z
        .string()
        .max(4096)
        .regex(/^[^\0]*$/),
    ],
    {
      error: 'a finite number, true or false, or a text of at most 4096 characters without NUL',
    },
  )
  .meta({ id: 'ParamValue' })

/** A record that has so many entries at most. */
export function few<V extends z.ZodType>(names: z.ZodString, values: V, most: number, what: string) {
  return z
    .record(names, values)
    .refine((record) => Object.keys(record).length <= most, `at most ${most} ${what}`)
    .meta({ maxProperties: most })
}

export const MOST_PARAMS = 1000

export const Params = few(ParamName, ParamValue, MOST_PARAMS, 'parameters')

/** Names of inputs become file names, so they cannot climb out of their folder. */
export const FileName = z
  .string()
  .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/, 'a file name: letters, digits, . _ -, at most 128')
  .meta({ id: 'FileName' })

export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hexadecimal digits')

export const InputUrl = z
  .string()
  .max(4096)
  .regex(
    /^(file:\/\/\/[^\0]+|https?:\/\/[^\s\0]+|store:sha256\/[0-9a-f]{64})$/,
    'a URL: file:///path, http(s)://…, or store:sha256/<hex> as PUT /v1/files returns it',
  )

export const MOST_INPUTS = 1000

export const InputSource = z
  .union([InputUrl, z.strictObject({ url: InputUrl, sha256: Sha256.optional() })], {
    error: 'a URL (file:///path, http(s)://…, store:sha256/<hex>), or { "url": …, "sha256": … }',
  })
  .meta({ id: 'InputSource', examples: ['https://example.org/drivers.csv'] })

const CPUS = 'a number of CPUs from 0.01 to 1024'

// smaller steps would make hundreds of attempts of one run
const GROWTH = 'a number from 1.1 to 16'

const LEAST_MEMORY = 'at least 6MiB: engines start no container with less'

export const Resources = z
  .strictObject({
    cpus: z.number(CPUS).min(0.01, CPUS).max(1024, CPUS).optional(),
    memory: Size.refine(
      (size) => (parseSize(size) ?? Infinity) >= limits.leastMemoryBytes,
      LEAST_MEMORY,
    ).optional(),
    memoryGrowth: z.number(GROWTH).min(1.1, GROWTH).max(16, GROWTH).optional().meta({
      description: 'An attempt that ran out of memory is followed by one with so many times as much',
    }),
    memoryMost: Size.optional().meta({ description: 'What memory grows to at most; eight times `memory`' }),
    disk: Size.optional().meta({
      description: 'What its outputs may take: a run that writes more is stopped and has failed',
    }),
  })
  .refine(
    ({ memory, memoryMost }) =>
      memory === undefined || memoryMost === undefined || parseSize(memoryMost)! >= parseSize(memory)!,
    { path: ['memoryMost'], error: 'at least as much as `memory`' },
  )
  .meta({ id: 'Resources', description: 'What a run asks: CPUs (may be a fraction) and memory' })

const RETRIES = 'a whole number from 0 to 100'
export const Retries = z.int(RETRIES).min(0, RETRIES).max(100, RETRIES)

const PRIORITY = 'a whole number from -5 to 5'
export const Priority = z
  .int(PRIORITY)
  .min(-5, PRIORITY)
  .max(5, PRIORITY)
  .meta({ id: 'Priority', description: 'Each step doubles (or halves) the share' })

const LabelName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/, 'a label name: letters, digits, . _ / -, at most 63')

export const Labels = few(LabelName, z.string().max(255), 32, 'labels').meta({ id: 'Labels' })

export const ClientKey = z
  .string()
  .min(1)
  .max(255)
  .meta({ id: 'ClientKey', description: "The submitter's own id for this submission: makes it idempotent" })

/** RFC 3339 in UTC. */
export const Time = z.iso
  .datetime('a time in UTC, for example 2030-01-31T18:00:00Z; the last is in the year 9999')
  .meta({ id: 'Time', description: 'RFC 3339 in UTC' })

/** Who sent a run: a broker user (validated by the broker), a token's name, or `anonymous`. */
export const Submitter = z.string().min(1).max(255)
