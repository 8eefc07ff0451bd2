/** What only the HTTP API says: lists and stored files. */
import { z } from 'zod'
import { Name, Sha256, Time } from './grammar.ts'
import { EnsembleRow } from './ensemble.ts'
import { WorkerView } from './heartbeat.ts'
import { RunId } from './ids.ts'
import { ImageRef, Model, PinnedImage } from './manifest.ts'
import { Output, RunView } from './run.ts'
import { Failure, RunState } from './states.ts'

/** A run in a list: what fits a row. `GET /v1/runs/:id` has the rest. */
export const RunRow = RunView.pick({
  id: true,
  state: true,
  submitter: true,
  model: true,
  labels: true,
  createdAt: true,
  startedAt: true,
  endedAt: true,
  failure: true,
  progress: true,
}).meta({ id: 'RunRow' })
export type RunRow = z.infer<typeof RunRow>

const next = z.string().optional().meta({ description: 'cursor of the next page; absent on the last one' })
export const RunList = z.looseObject({ items: z.array(RunRow), next }).meta({ id: 'RunList' })
export type RunList = z.infer<typeof RunList>
export const EnsembleList = z.looseObject({ items: z.array(EnsembleRow), next }).meta({ id: 'EnsembleList' })
export type EnsembleList = z.infer<typeof EnsembleList>
export const ModelList = z.looseObject({ items: z.array(Model), next }).meta({ id: 'ModelList' })
export type ModelList = z.infer<typeof ModelList>
export const ImageRequest = z
  .strictObject({
    image: ImageRef,
    fresh: z
      .boolean()
      .optional()
      .meta({ description: 'the registry is asked first, for the tag may have moved' }),
  })
  .meta({ id: 'ImageRequest' })

export const FoundImage = z
  .looseObject({
    image: PinnedImage,
    manifest: z
      .string()
      .optional()
      .meta({ description: 'the text of the manifest that the image carries in its label' }),
  })
  .meta({ id: 'FoundImage', description: 'An image as a worker has found it' })
export type FoundImage = z.infer<typeof FoundImage>

export const WorkerList = z.looseObject({ items: z.array(WorkerView), next }).meta({ id: 'WorkerList' })
export type WorkerList = z.infer<typeof WorkerList>

export const ForgottenWorker = z
  .looseObject({
    name: Name,
    forgotten: z
      .boolean()
      .meta({ description: 'false: it will be, as soon as it is lost and holds nothing' }),
    attempts: z.int().meta({ description: 'what its last heartbeat listed' }),
  })
  .meta({ id: 'ForgottenWorker', description: 'A worker that is forgotten, or is to be' })
export type ForgottenWorker = z.infer<typeof ForgottenWorker>

/** Output files as they lie in the store now; while the run goes on there may be more later. */
export const OutputList = z
  .looseObject({
    attempt: z.int(),
    failure: Failure.optional().meta({ description: 'how the attempt failed whose outputs these are' }),
    items: z.array(Output),
    next,
    total: z.int().meta({ description: 'how many files there are, where not all are listed' }),
    notes: z.array(z.string()).optional().meta({ description: 'what was passed over, in words' }),
  })
  .meta({ id: 'OutputList' })
export type OutputList = z.infer<typeof OutputList>

/** `wait`: it goes on by itself. `act`: somebody must do something. `never`: as things are it cannot run at all. */
export const Reason = z
  .looseObject({
    class: z.enum(['wait', 'act', 'never']),
    kind: z.string().meta({ description: 'a word for programs, for example `no-worker`' }),
    detail: z.string(),
    until: Time.optional(),
    hint: z.string().optional().meta({ description: 'what to do' }),
  })
  .meta({ id: 'Reason' })
export type Reason = z.infer<typeof Reason>

export const Why = z
  .looseObject({ id: RunId, state: RunState, reasons: z.array(Reason) })
  .meta({ id: 'Why', description: 'Why a run is not running: what the scheduler itself would answer now' })
export type Why = z.infer<typeof Why>

/** What was found when Redis had been put back or emptied (H4). Times by the dispatcher's clock. */
export const Recovery = z
  .looseObject({
    since: Time,
    until: Time.optional().meta({
      description: 'absent while it goes on: nothing is fed, stopped or expired',
    }),
    seen: z.int().meta({ description: 'the highest commit that any part had seen' }),
    held: z.int().meta({ description: 'the commit that Redis was found at' }),
    rebuilt: z.int().meta({ description: 'runs whose records were made again from what hosts hold' }),
    ended: z.int().meta({ description: 'runs that the store knew to have ended' }),
    lost: z.array(z.string()).meta({ description: 'what could not be made again, in words; at most 100' }),
  })
  .meta({ id: 'Recovery' })
export type Recovery = z.infer<typeof Recovery>

export const ServiceView = z
  .looseObject({
    installation: z.string(),
    version: z.string(),
    mended: z
      .record(z.string(), z.int())
      .meta({ description: 'how often the reconciler mended what, since Redis was set up' }),
    recovery: Recovery.optional().meta({ description: 'the last time that Redis was found put back' }),
  })
  .meta({ id: 'Service' })
export type ServiceView = z.infer<typeof ServiceView>

export const StoredFile = z
  .looseObject({ url: z.string(), sha256: Sha256, bytes: z.int() })
  .meta({ id: 'StoredFile', description: 'An uploaded input; its `url` is what a run request takes' })
export type StoredFile = z.infer<typeof StoredFile>
