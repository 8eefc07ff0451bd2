/** Ensembles as users see them: the request, what `GET /v1/ensembles/:id` and the final reply give, and a member's row. */
import { z } from 'zod'
import { Design, MOST_MEMBERS, VaryName } from './design.ts'
import {
  ClientKey,
  few,
  FileName,
  InputSource,
  Labels,
  ModelRef,
  MOST_INPUTS,
  Name,
  Params,
  ParamValue,
  Priority,
  Resources,
  Retries,
  Submitter,
  Time,
  Version,
} from './grammar.ts'
import { EnsembleId, RunId } from './ids.ts'
import { PinnedImage } from './manifest.ts'
import { ProblemError } from './problem.ts'
import { Duration, Lease } from './quantities.ts'
import { Input } from './run.ts'
import { EnsembleState, FailureKind } from './states.ts'

const SHARE = 'a share from 0 to 1, for example 0.05'

export const FailurePolicy = z
  .discriminatedUnion(
    'policy',
    [
      z.strictObject({ policy: z.literal('continue') }),
      z.strictObject({ policy: z.literal('tolerate'), share: z.number(SHARE).min(0, SHARE).max(1, SHARE) }),
      z.strictObject({ policy: z.literal('stop') }),
    ],
    { error: '{ "policy": "continue" }, { "policy": "tolerate", "share": 0.05 } or { "policy": "stop" }' },
  )
  .meta({
    id: 'FailurePolicy',
    description:
      'continue: all members run, whatever fails. tolerate: it ends as failed, and the rest is not run, once more than this share of all members has failed. stop: the first failed member ends it',
  })
export type FailurePolicy = z.infer<typeof FailurePolicy>

const PARALLEL = 'a whole number of at least 1'
const MaxParallel = z.int(PARALLEL).min(1, PARALLEL)

export const EnsembleRequest = z
  .strictObject({
    v: z.literal(1).optional(),
    kind: z.literal('ensemble'),
    model: ModelRef,
    design: Design,
    base: z
      .strictObject({
        params: Params.optional(),
        inputs: few(FileName, InputSource, MOST_INPUTS, 'inputs').optional(),
      })
      .optional()
      .meta({ description: 'what does not vary' }),
    maxParallel: MaxParallel.optional().meta({ description: 'members that are out at once, at most' }),
    failure: FailurePolicy.optional(),
    resources: Resources.optional().meta({ description: 'of each member' }),
    timeout: Duration.optional().meta({ description: 'for each attempt, from the start of the model' }),
    lease: Lease.optional(),
    retries: Retries.optional().meta({ description: 'of each member' }),
    priority: Priority.optional(),
    pool: Name.optional(),
    labels: Labels.optional(),
    key: ClientKey.optional(),
  })
  .meta({
    id: 'EnsembleRequest',
    description: 'Asks for a batch of runs made from one design',
    examples: [
      {
        kind: 'ensemble',
        model: 'dalec',
        design: { kind: 'lhs', samples: 1000, seed: 7, vary: { f_auto: { uniform: [0.4, 0.6] } } },
        failure: { policy: 'tolerate', share: 0.05 },
      },
    ],
  })
export type EnsembleRequest = z.infer<typeof EnsembleRequest>

/** What may be changed of an ensemble that goes on. */
export const EnsembleChange = z
  .strictObject({
    priority: Priority.optional(),
    maxParallel: MaxParallel.nullable().optional().meta({ description: 'null: no bound' }),
  })
  .meta({ id: 'EnsembleChange' })
export type EnsembleChange = z.infer<typeof EnsembleChange>

export const EnsembleAccepted = z
  .looseObject({
    v: z.literal(1),
    id: EnsembleId,
    state: EnsembleState,
    duplicate: z.boolean(),
    members: z.int().optional().meta({ description: 'how many there will be; absent while a table is read' }),
    notes: z
      .array(z.string())
      .optional()
      .meta({ description: 'what is worth knowing of the design, in words' }),
  })
  .meta({
    id: 'EnsembleAccepted',
    description: 'The ensemble is committed; its members come into being as they can run',
  })
export type EnsembleAccepted = z.infer<typeof EnsembleAccepted>

/** Members in numbers. What is neither waits to be fed. */
export const MemberCounts = z
  .looseObject({
    total: z.int().optional().meta({ description: 'absent while a table is read' }),
    pending: z.int().meta({ description: 'not out: never fed, or waiting for another try' }),
    queued: z.int(),
    running: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    cancelled: z.int(),
  })
  .meta({ id: 'MemberCounts' })
export type MemberCounts = z.infer<typeof MemberCounts>

/** Failed members of one kind. */
export const FailureGroup = z
  .looseObject({ kind: FailureKind, count: z.int(), example: RunId.meta({ description: 'one of them' }) })
  .meta({ id: 'FailureGroup' })
export type FailureGroup = z.infer<typeof FailureGroup>

/** Something that varies, as it is named in tables and pictures. */
export const Varied = z
  .looseObject({
    name: VaryName,
    type: z.enum(['number', 'integer', 'boolean', 'string', 'input']),
    unit: z.string().optional(),
    description: z.string().optional(),
  })
  .meta({ id: 'Varied' })
export type Varied = z.infer<typeof Varied>

export const EnsembleView = z
  .looseObject({
    v: z.literal(1),
    id: EnsembleId,
    state: EnsembleState,
    submitter: Submitter,
    model: ModelRef,
    image: PinnedImage,
    versions: z
      .record(Version, z.looseObject({ image: PinnedImage }))
      .optional()
      .meta({ description: 'of its model, where they vary' }),
    design: z
      .looseObject({ kind: z.string() })
      .meta({ description: 'as pinned; rows of a table are left out' }),
    varied: z.array(Varied),
    base: z.looseObject({ params: Params, inputs: z.record(FileName, Input) }),
    members: MemberCounts,
    failures: z.array(FailureGroup).meta({ description: 'failed members by kind, most first' }),
    failure: FailurePolicy,
    errors: z
      .array(ProblemError)
      .optional()
      .meta({ description: 'faults of its table; it ended as failed before any member ran' }),
    reason: z.string().optional().meta({ description: 'why it ended as it did, where that is not plain' }),
    maxParallel: z.int().optional(),
    resources: z.looseObject({ cpus: z.number(), memory: z.number(), disk: z.number().optional() }),
    timeout: z.number().meta({ description: 'seconds, for each attempt' }),
    retries: Retries,
    priority: Priority,
    pool: Name,
    labels: Labels,
    key: ClientKey.optional(),
    cancelRequested: z.boolean().optional(),
    round: z.int().meta({ description: 'how often failed members were run again' }),
    createdAt: Time,
    startedAt: Time.optional().meta({ description: 'when its first member was fed' }),
    endedAt: Time.optional(),
    results: z
      .enum(['none', 'partial', 'complete', 'failed'])
      .optional()
      .meta({ description: 'whether tables and statistics are there; complete: of all members' }),
    notes: z.array(z.string()).optional(),
  })
  .meta({ id: 'Ensemble', description: 'An ensemble: what was asked, how far it is, what came of it' })
export type EnsembleView = z.infer<typeof EnsembleView>

/** An ensemble in a list: what fits a row. */
export const EnsembleRow = EnsembleView.pick({
  id: true,
  state: true,
  submitter: true,
  model: true,
  labels: true,
  members: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
}).meta({ id: 'EnsembleRow' })
export type EnsembleRow = z.infer<typeof EnsembleRow>

/** The end of a member: one row of `results.csv`. Written to the store in segments, doubles dropped by index. */
export const MemberRow = z
  .looseObject({
    index: z.int().min(0).max(MOST_MEMBERS),
    round: z.int().meta({ description: 'how often failed members had been run again by then' }),
    state: z.enum(['succeeded', 'failed', 'cancelled']),
    attempts: z.int(),
    params: z.record(z.string(), ParamValue).meta({ description: 'those that vary' }),
    inputs: z.record(FileName, Input).optional().meta({ description: 'those that vary' }),
    metrics: z.record(z.string(), z.number()),
    failure: z.looseObject({ kind: FailureKind, detail: z.string() }).optional(),
    exitCode: z.int().nullable().optional(),
    worker: Name.optional(),
    startedAt: Time.optional(),
    endedAt: Time,
    cpuSeconds: z.number().optional(),
    maxMemoryBytes: z.number().optional(),
    folder: z
      .string()
      .optional()
      .meta({ description: "the winning attempt's, relative to the store's root" }),
    outputs: z.int().optional().meta({ description: 'how many files it left' }),
    logTail: z.string().optional().meta({ description: 'of a failed one' }),
  })
  .meta({ id: 'MemberRow' })
export type MemberRow = z.infer<typeof MemberRow>

/** What a request without effects gives: the first members as they would be. */
export const EnsemblePreview = z
  .looseObject({
    members: z.int().optional(),
    notes: z.array(z.string()),
    varied: z.array(Varied),
    first: z.array(
      z.looseObject({
        index: z.int(),
        params: z.record(z.string(), ParamValue),
        inputs: z.record(FileName, Input).optional(),
      }),
    ),
  })
  .meta({
    id: 'EnsemblePreview',
    description: 'What an ensemble would be: how many members, and the first of them',
  })
export type EnsemblePreview = z.infer<typeof EnsemblePreview>
