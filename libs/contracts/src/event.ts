/** What the world is told of a run: CloudEvents 1.0, structured JSON. Doubles and disorder show in the id. */
import { z } from 'zod'
import { Labels, ModelRef, Name, Submitter, Time } from './grammar.ts'
import { EnsembleId, RunId } from './ids.ts'
import { FailureGroup, MemberCounts } from './ensemble.ts'
import { EnsembleState, Failure, RunState } from './states.ts'

export const RunEventData = z
  .looseObject({
    id: RunId,
    state: RunState,
    version: z.int().meta({ description: "the record's version: a higher one is later" }),
    model: ModelRef,
    submitter: Submitter,
    labels: Labels,
    attempt: z.int().optional(),
    worker: z.string().optional(),
    ensemble: EnsembleId.optional(),
    index: z.int().optional(),
    failure: Failure.optional(),
  })
  .meta({ id: 'RunEventData' })
export type RunEventData = z.infer<typeof RunEventData>

export const RunEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string().meta({ description: '`<run>/<record version>`' }),
    source: z.string().meta({ description: '`/carya/<installation>`' }),
    type: z.string().meta({ description: '`carya.run.<state>`' }),
    subject: RunId,
    time: Time,
    datacontenttype: z.literal('application/json'),
    data: RunEventData,
  })
  .meta({ id: 'RunEvent', description: 'A run changed its state (CloudEvents 1.0)' })
export type RunEvent = z.infer<typeof RunEvent>

export const EnsembleEventData = z
  .looseObject({
    id: EnsembleId,
    state: EnsembleState,
    version: z.int().meta({ description: "the record's version: a higher one is later" }),
    model: ModelRef,
    submitter: Submitter,
    labels: Labels,
    members: MemberCounts,
  })
  .meta({ id: 'EnsembleEventData' })

export const EnsembleEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string().meta({ description: '`<ensemble>/<record version>`' }),
    source: z.string().meta({ description: '`/carya/<installation>`' }),
    type: z.string().meta({ description: '`carya.ensemble.<state>`' }),
    subject: EnsembleId,
    time: Time,
    datacontenttype: z.literal('application/json'),
    data: EnsembleEventData,
  })
  .meta({ id: 'EnsembleEvent', description: 'An ensemble changed its state (CloudEvents 1.0)' })
export type EnsembleEvent = z.infer<typeof EnsembleEvent>

/**
 * One item of `GET /v1/events`. Beside the events of `carya.events` it has progress (of runs, of what is done before
 * they start, of pulls of images that are looked up, and of ensembles, whose members are counted a few times a second at
 * most) and log lines, which are not published to the broker. Its SSE `event:` field is `kind`, its `id:` resumes the
 * stream.
 */
export const FeedItem = z
  .discriminatedUnion('kind', [
    z.looseObject({ kind: z.literal('state'), event: RunEvent }),
    z.looseObject({ kind: z.literal('progress'), run: RunId, attempt: z.int(), progress: z.number() }),
    z.looseObject({
      kind: z.literal('preparing'),
      run: RunId,
      attempt: z.int(),
      preparing: z.string().optional().meta({ description: 'absent: it is over' }),
    }),
    z.looseObject({
      kind: z.literal('image'),
      image: z.string().meta({ description: 'is pulled to be looked up' }),
      worker: Name,
      how: z.string().optional().meta({ description: 'how far that is; absent: it is over' }),
    }),
    z.looseObject({ kind: z.literal('log'), run: RunId, attempt: z.int(), from: z.int(), text: z.string() }),
    z.looseObject({ kind: z.literal('resolved'), request: z.string() }),
    z.looseObject({
      kind: z.literal('ensemble'),
      id: EnsembleId,
      state: EnsembleState,
      members: MemberCounts,
      failures: z.array(FailureGroup),
    }),
  ])
  .meta({ id: 'FeedItem' })
export type FeedItem = z.infer<typeof FeedItem>
