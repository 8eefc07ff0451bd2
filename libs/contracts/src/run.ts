/** Runs as users see them: the request that is sent, and what `GET /v1/runs/:id` and the final reply give. */
import { z } from 'zod'
import {
  ClientKey,
  few,
  InputSource,
  InputUrl,
  FileName,
  Labels,
  ModelRef,
  MOST_INPUTS,
  Name,
  Params,
  Priority,
  Resources,
  Retries,
  Sha256,
  Submitter,
  Time,
} from './grammar.ts'
import { EnsembleId, RunId } from './ids.ts'
import { PinnedImage } from './manifest.ts'
import { Duration, Lease } from './quantities.ts'
import { Setup } from './setup.ts'
import { Failure, RunState } from './states.ts'

export const RunRequest = z
  .strictObject({
    v: z.literal(1).optional(),
    kind: z.literal('run'),
    model: ModelRef,
    params: Params.optional(),
    inputs: few(FileName, InputSource, MOST_INPUTS, 'inputs').optional(),
    resources: Resources.optional(),
    timeout: Duration.optional().meta({ description: 'for each attempt, from the start of the model' }),
    deadline: Duration.optional().meta({ description: 'for the whole run, from its acceptance' }),
    lease: Lease.optional(),
    after: Time.optional().meta({ description: 'not to be started before' }),
    retries: Retries.optional(),
    priority: Priority.optional(),
    pool: Name.optional(),
    labels: Labels.optional(),
    key: ClientKey.optional(),
  })
  .meta({
    id: 'RunRequest',
    description: 'Asks for one run of a model; only `kind` and `model` are required',
    examples: [{ kind: 'run', model: 'dalec@1.0.0', params: { f_lab: 0.5 }, timeout: '10m', key: 'site-7' }],
  })
export type RunRequest = z.infer<typeof RunRequest>

export const CancelRequest = z
  .strictObject({
    v: z.literal(1).optional(),
    kind: z.literal('cancel'),
    id: z.union([RunId, EnsembleId], 'an id of a run or an ensemble'),
  })
  .meta({
    id: 'CancelRequest',
    description: 'Asks that a run or an ensemble be cancelled; of an ended one it changes nothing',
  })
export type CancelRequest = z.infer<typeof CancelRequest>

export const Output = z
  .looseObject({
    name: z.string(),
    bytes: z.number(),
    sha256: Sha256.optional().meta({ description: 'absent of files that are too large to be read again' }),
    url: z.string().optional(),
  })
  .meta({ id: 'Output' })
export type Output = z.infer<typeof Output>

export const Input = z.looseObject({ url: InputUrl, sha256: Sha256.optional() }).meta({ id: 'Input' })

/** An input as an attempt got it. */
export const InputRead = z
  .looseObject({
    sha256: Sha256.optional().meta({ description: 'of a folder: of the list of its files and their hashes' }),
    bytes: z.number().optional(),
  })
  .meta({ id: 'InputRead' })
export type InputRead = z.infer<typeof InputRead>

export const Usage = z
  .looseObject({ cpuSeconds: z.number().optional(), maxMemoryBytes: z.number().optional() })
  .meta({ id: 'Usage', description: 'What an attempt used, where the engine could tell' })

export const AttemptView = z
  .looseObject({
    attempt: z.int(),
    nonce: z.string(),
    placed: Name.optional().meta({ description: 'the worker whose own queue it went to' }),
    worker: Name.optional(),
    container: z.string().optional(),
    memory: z.int().optional().meta({ description: 'bytes it was given, where that is more than was asked' }),
    queuedAt: Time,
    claimedAt: Time.optional(),
    startedAt: Time.optional(),
    finishedAt: Time.optional(),
    exitCode: z.int().nullable().optional(),
    usage: Usage.optional(),
    inputs: z.record(FileName, InputRead).optional().meta({ description: 'as its worker found them' }),
    engine: z.string().optional().meta({ description: 'which engine ran it, and its version' }),
    version: z.string().optional().meta({ description: 'of Carya, on its worker' }),
    failure: Failure.optional(),
  })
  .meta({ id: 'Attempt', description: 'One try of a run on one worker' })
export type AttemptView = z.infer<typeof AttemptView>

export const RunView = z
  .looseObject({
    v: z.literal(1),
    id: RunId,
    state: RunState,
    submitter: Submitter,
    model: ModelRef,
    image: PinnedImage,
    command: z.array(z.string()).optional(),
    params: Params,
    inputs: z.record(FileName, Input),
    resources: z
      .looseObject({
        cpus: z.number(),
        memory: z.number(),
        memoryGrowth: z.number().optional(),
        memoryMost: z.number().optional(),
        disk: z.number().optional(),
      })
      .meta({ description: 'as asked, sizes in bytes; an attempt that was given more says so' }),
    timeout: z.number().meta({ description: 'seconds, for each attempt' }),
    lease: z.number().optional().meta({ description: 'seconds' }),
    deadline: Time.optional(),
    after: Time.optional(),
    notBefore: Time.optional().meta({ description: 'waits until then for its next attempt' }),
    retries: Retries,
    priority: Priority,
    pool: Name,
    labels: Labels,
    key: ClientKey.optional(),
    ensemble: EnsembleId.optional(),
    index: z.int().optional(),
    createdAt: Time,
    startedAt: Time.optional(),
    endedAt: Time.optional(),
    cancelRequested: z.boolean().optional(),
    attempts: z.array(AttemptView),
    progress: z.number().optional(),
    preparing: z.string().optional().meta({ description: 'what its worker does before the model starts' }),
    reproduces: RunId.optional().meta({ description: 'the run that it does again' }),
    setup: Setup.optional(),
    metrics: z.record(z.string(), z.number()).optional(),
    outputs: z.array(Output).optional(),
    outputsTotal: z
      .int()
      .optional()
      .meta({ description: 'how many files there are, where not all are listed' }),
    logTail: z.string().optional(),
    failure: Failure.optional(),
  })
  .meta({ id: 'Run', description: 'A run: what was asked, where it is, and what came of it' })
export type RunView = z.infer<typeof RunView>
