/** What a worker says of an attempt or of an image. Each report is self-contained, so their order does not matter. */
import { z } from 'zod'
import { FileName, Name, Time } from './grammar.ts'
import { PinnedImage } from './manifest.ts'
import { InputRead, Output, Usage } from './run.ts'
import { Failure } from './states.ts'
import { AttemptPhase } from './heartbeat.ts'
import { Job, Token } from './job.ts'

const base = { v: z.literal(1), worker: Name, at: Time }
const ofAttempt = { ...base, ...Token.shape }

export const Claimed = z.looseObject({ ...ofAttempt, kind: z.literal('claimed') }).meta({ id: 'Claimed' })

export const Started = z
  .looseObject({ ...ofAttempt, kind: z.literal('started'), container: z.string(), startedAt: Time })
  .meta({ id: 'Started' })

export const Finished = z
  .looseObject({
    ...ofAttempt,
    kind: z.literal('finished'),
    outcome: z
      .enum(['succeeded', 'failed', 'stopped'])
      .meta({ description: 'stopped: ended by an order before the model ended by itself' }),
    container: z.string().optional(),
    startedAt: Time.optional(),
    finishedAt: Time,
    exitCode: z.int().nullable(),
    oomSeen: z.boolean().optional(),
    failure: Failure.optional(),
    usage: Usage.optional(),
    metrics: z.record(z.string(), z.number()),
    outputs: z.array(Output),
    outputsTotal: z.int(),
    logTail: z.string(),
    inputs: z.record(FileName, InputRead).optional(),
    engine: z.string().optional(),
    version: z.string().optional().meta({ description: "the worker's" }),
    folder: z.string().meta({ description: "the attempt's folder, relative to the store's root" }),
    notes: z
      .array(z.string())
      .optional()
      .meta({ description: 'what was cut or could not be kept, in words' }),
  })
  .meta({ id: 'Finished', description: 'The end of an attempt, with everything that came of it' })
export type Finished = z.infer<typeof Finished>

export const Declined = z
  .looseObject({ ...ofAttempt, kind: z.literal('declined'), reason: z.string() })
  .meta({ id: 'Declined', description: 'Does not fit here after all; spends nothing (H10)' })

export const HeldReport = z
  .looseObject({
    ...ofAttempt,
    kind: z.literal('held'),
    phase: AttemptPhase,
    job: Job.optional().meta({ description: 'as the worker took it; absent where its file is gone' }),
    container: z.string().optional(),
    startedAt: Time.optional(),
  })
  .meta({
    id: 'HeldReport',
    description: 'An attempt that no record knows: from it the record is made again (H3)',
  })
export type HeldReport = z.infer<typeof HeldReport>

export const Resolved = z
  .looseObject({
    ...base,
    kind: z.literal('resolved'),
    request: z.string().max(64),
    image: PinnedImage.optional(),
    manifest: z
      .string()
      .optional()
      .meta({ description: 'the text of a manifest that the image carries in its label' }),
    error: z.string().optional(),
  })
  .meta({ id: 'Resolved', description: 'The digest of an image that was asked for, or why there is none' })
export type Resolved = z.infer<typeof Resolved>

/** Not a worker's: the dispatcher's own sweep, through the same queue so that a final report goes first (H6). */
export const Expire = z
  .looseObject({ v: z.literal(1), ...Token.shape, kind: z.literal('expire'), worker: Name, at: Time })
  .meta({ id: 'Expire', description: "Ends a lease that ran out; counts only with the dispatcher's user_id" })

export const Report = z
  .discriminatedUnion('kind', [Claimed, Started, Finished, Declined, HeldReport, Resolved, Expire])
  .meta({ id: 'Report' })
export type Report = z.infer<typeof Report>
export type WorkerReport = Exclude<Report, { kind: 'expire' }>
export type Expire = z.infer<typeof Expire>
