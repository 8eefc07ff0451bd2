/**
 * What made the outputs of an attempt: `run.json`, which its worker leaves beside them. With the texts of rendered
 * files, which stand in `job.json` there, it is enough to make them again, whoever has forgotten the run.
 */
import { z } from 'zod'
import { FileName, Labels, ModelRef, Name, Params, Sha256, Submitter, Time } from './grammar.ts'
import { EnsembleId, Nonce, RunId } from './ids.ts'
import { PinnedImage } from './manifest.ts'
import { Input, InputRead, Output, RunView, Usage } from './run.ts'
import { Setup } from './setup.ts'
import { Failure } from './states.ts'

/** The engine that ran an attempt, as its worker found it. */
export const EngineRead = z
  .looseObject({
    name: z.string().meta({ description: 'docker or podman' }),
    version: z.string(),
    kernel: z.string(),
    architecture: z.string().meta({ description: 'as the engine names it, for example x86_64' }),
  })
  .meta({ id: 'EngineRead' })
export type EngineRead = z.infer<typeof EngineRead>

export const Provenance = z
  .looseObject({
    v: z.literal(1),
    run: RunId,
    attempt: z.int().min(1),
    nonce: Nonce,
    ensemble: EnsembleId.optional(),
    index: z.int().optional(),
    reproduces: RunId.optional(),
    submitter: Submitter,
    labels: Labels.optional(),
    model: ModelRef,
    image: PinnedImage,
    command: z.array(z.string()).optional().meta({ description: 'absent where the image has its own' }),
    params: Params,
    files: z
      .array(z.looseObject({ path: z.string(), bytes: z.int(), sha256: Sha256 }))
      .meta({ description: 'parameter files that were rendered; their texts are in job.json' }),
    inputs: z
      .record(FileName, z.looseObject({ ...Input.shape, ...InputRead.shape }))
      .meta({ description: 'with the hash of what was read, where it is known' }),
    setup: Setup.optional(),
    resources: RunView.shape.resources.meta({ description: 'as this attempt had them, sizes in bytes' }),
    timeout: z.number().meta({ description: 'seconds' }),
    pool: Name,
    worker: Name,
    engine: EngineRead,
    version: z.string().meta({ description: 'of Carya, on its worker' }),
    container: z.string().optional(),
    queuedAt: Time,
    startedAt: Time.optional(),
    finishedAt: Time,
    exitCode: z.int().nullable(),
    outcome: z.enum(['succeeded', 'failed', 'stopped']),
    failure: Failure.optional(),
    usage: Usage.optional(),
    metrics: z.record(z.string(), z.number()),
    outputs: z.array(Output),
    outputsTotal: z.int(),
    notes: z.array(z.string()).optional(),
  })
  .meta({
    id: 'Provenance',
    description: 'What made the outputs of an attempt: `run.json` in its folder, as its worker wrote it',
  })
export type Provenance = z.infer<typeof Provenance>
