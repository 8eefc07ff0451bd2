/** What only the HTTP API says: lists and stored files. */
import { z } from 'zod'
import { Sha256 } from './grammar.ts'
import { WorkerView } from './heartbeat.ts'
import { Model } from './manifest.ts'
import { Output, RunView } from './run.ts'

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
export const ModelList = z.looseObject({ items: z.array(Model), next }).meta({ id: 'ModelList' })
export type ModelList = z.infer<typeof ModelList>
export const WorkerList = z.looseObject({ items: z.array(WorkerView), next }).meta({ id: 'WorkerList' })
export type WorkerList = z.infer<typeof WorkerList>

/** Output files as they lie in the store now; while the run goes on there may be more later. */
export const OutputList = z
  .looseObject({
    attempt: z.int(),
    items: z.array(Output),
    next,
    total: z.int().meta({ description: 'how many files there are, where not all are listed' }),
    notes: z.array(z.string()).optional().meta({ description: 'what was passed over, in words' }),
  })
  .meta({ id: 'OutputList' })
export type OutputList = z.infer<typeof OutputList>

export const StoredFile = z
  .looseObject({ url: z.string(), sha256: Sha256, bytes: z.int() })
  .meta({ id: 'StoredFile', description: 'An uploaded input; its `url` is what a run request takes' })
export type StoredFile = z.infer<typeof StoredFile>
