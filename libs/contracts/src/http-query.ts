/** Path and query parameters of the HTTP API. They arrive as text; each field says what it becomes. */
import { z } from 'zod'
import { resultFiles } from './ensemble-results.ts'
import { ModelRef, Name, Sha256, Submitter } from './grammar.ts'
import { EnsembleId, RunId } from './ids.ts'
import { ImageRef } from './manifest.ts'
import { EnsembleState, RunState } from './states.ts'

/** Rows in one answer at most. */
export const MOST_ROWS = 500

const limit = z.coerce
  .number({ error: `a whole number from 1 to ${MOST_ROWS}` })
  .int()
  .min(1)
  .max(MOST_ROWS)
const cursor = z.string().min(1).max(512).exactOptional().meta({ description: '`next` of the answer before' })
const byte = z.coerce.number({ error: 'a byte position: a whole number from 0 on' }).int().min(0)
const attempt = z.coerce
  .number({ error: 'an attempt: 1, 2, …' })
  .int()
  .min(1)
  .exactOptional()
  .meta({ description: 'an attempt; without it the latest' })

const repeatable = (item: z.ZodType<string>) =>
  z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(item).max(32).optional(),
  )

export const NoQuery = z.strictObject({})
export const NoParams = z.strictObject({})
export const OfRun = z.strictObject({ id: RunId })
export const OfEnsemble = z.strictObject({ id: EnsembleId })
export const OfResult = z.strictObject({
  id: EnsembleId,
  file: z.enum(resultFiles, `one of ${resultFiles.join(', ')}`),
})
export const OfOutput = z.strictObject({
  id: RunId,
  '*': z.string().meta({ description: 'name of the output; may contain slashes' }),
})
export const OfModel = z.strictObject({ ref: ModelRef })
export const OfVersion = z.strictObject({
  ref: ModelRef.refine((ref) => ref.includes('@'), 'name@version, for example dalec@1.0.0'),
})
export const OfFile = z.strictObject({ sha256: Sha256 })
export const RegisterQuery = z.strictObject({
  default: z.enum(['yes', 'no'], 'yes or no').default('yes').meta({
    description: '`no`: its name keeps the default that it has',
  }),
  fresh: z.enum(['yes', 'no'], 'yes or no').default('no').meta({
    description: '`yes`: the registry is asked first, for the tag may have moved',
  }),
})
export const OfWorker = z.strictObject({ name: Name })

const filters = {
  model: ModelRef.exactOptional(),
  label: repeatable(z.string().regex(/^[^=]{1,63}=.{0,255}$/s, 'a label as name=value')).meta({
    description: '`name=value`; may be repeated, then all must hold',
  }),
  submitter: Submitter.exactOptional().meta({ description: '`@me`: the name of the token' }),
  cursor,
  limit: limit.default(50),
}
export const RunsQuery = z.strictObject({ state: RunState.exactOptional(), ...filters })
export const EnsemblesQuery = z.strictObject({ state: EnsembleState.exactOptional(), ...filters })

export const PageQuery = z.strictObject({ cursor, limit: limit.default(100) })
export const ForgetQuery = z.strictObject({
  when: z.enum(['now', 'gone']).default('now').meta({
    description: '`gone`: as soon as it is lost and holds nothing; until then it takes no jobs',
  }),
})
export const WorkersQuery = z.strictObject({ pool: Name.exactOptional(), cursor, limit: limit.default(100) })
export const LogsQuery = z.strictObject({ attempt })
export const OutputQuery = z.strictObject({ attempt })
export const OutputsQuery = z.strictObject({ attempt, cursor, limit: limit.default(MOST_ROWS) })

export const EventsQuery = z
  .strictObject({
    run: RunId.exactOptional().meta({ description: 'only what concerns this run' }),
    ensemble: EnsembleId.exactOptional().meta({
      description: 'only how far this ensemble is: an item at once, and one whenever that changes',
    }),
    image: ImageRef.exactOptional().meta({
      description: 'only how far the pull of this image is, while it is looked up',
    }),
    logs: byte.exactOptional().meta({ description: 'with `run`: its log too, from this byte on' }),
  })
  .refine((query) => query.run === undefined || query.ensemble === undefined, {
    path: ['ensemble'],
    message: 'either a run or an ensemble',
  })
  .refine((query) => query.image === undefined || (query.run ?? query.ensemble) === undefined, {
    path: ['image'],
    message: 'either an image, or a run or an ensemble',
  })
  .refine((query) => query.logs === undefined || query.run !== undefined, {
    path: ['logs'],
    message: 'log lines come with one run: name it by run=',
  })
