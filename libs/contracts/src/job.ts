/** The message that offers an attempt to workers: complete in itself, so that a run can be rebuilt from it (H3). */
import { z } from 'zod'
import { FileName, ModelRef, Name, Params, Submitter, Time } from './grammar.ts'
import { EnsembleId, Nonce, RunId } from './ids.ts'
import { PinnedImage } from './manifest.ts'
import { Input, RunView } from './run.ts'
import { Setup } from './setup.ts'

/** The fencing token (H5): a report counts only with the number and the nonce of the current attempt. */
export const Token = z
  .looseObject({ run: RunId, attempt: z.int().min(1), nonce: Nonce })
  .meta({ id: 'Token' })
export type Token = z.infer<typeof Token>

/** What of a run's record a job does not say itself, as the run was when it was fed. */
export const JobRecord = RunView.pick({
  resources: true,
  retries: true,
  priority: true,
  labels: true,
  key: true,
  deadline: true,
  after: true,
  createdAt: true,
  startedAt: true,
  cancelRequested: true,
  attempts: true,
})
  .extend({
    version: z.int(),
    lastAttempt: z.int(),
    modelFailures: z.int(),
    hostFaults: z.array(z.string()),
    replies: z.array(z.looseObject({ to: z.string(), correlationId: z.string().optional() })),
  })
  .partial()
export type JobRecord = z.infer<typeof JobRecord>

export const Job = z
  .looseObject({
    v: z.literal(1),
    ...Token.shape,
    submitter: Submitter,
    model: ModelRef,
    image: PinnedImage,
    command: z.array(z.string()).optional(),
    params: Params,
    inputs: z.record(FileName, Input),
    files: z.array(z.looseObject({ path: z.string(), content: z.string() })).meta({
      description:
        "parameter files in the model's own format, rendered; `path` absolute or in the working folder",
    }),
    setup: Setup.optional(),
    resources: z.looseObject({ cpus: z.number(), memory: z.number(), disk: z.number().optional() }),
    timeout: z.number().meta({ description: 'seconds from the start of the model' }),
    lease: z.number().meta({ description: 'seconds' }),
    pool: Name,
    ensemble: EnsembleId.optional(),
    index: z.int().optional(),
    needs: z
      .array(z.string())
      .meta({ description: 'features a worker must know; one it does not: declined (H22)' }),
    queuedAt: Time,
    record: JobRecord.optional().meta({
      description:
        "the rest of the run's record, for the dispatcher: by it one that was lost is made again (H3)",
    }),
  })
  .meta({ id: 'Job', description: 'Offers an attempt to workers' })
export type Job = z.infer<typeof Job>

/** `<number>-<nonce>`: how an attempt is named in folders and container names. */
export function attemptName(token: { attempt: number; nonce: string }): string {
  return `${token.attempt}-${token.nonce}`
}

/** Whether two tokens are the same attempt. */
export function sameAttempt(a: Token, b: Token): boolean {
  return a.run === b.run && a.attempt === b.attempt && a.nonce === b.nonce
}

/** An attempt's own folder, relative to the store's root. */
export function attemptFolder(token: Token, member?: { ensemble: string; index: number }): string {
  const place = member
    ? `ensembles/${member.ensemble}/${Math.floor(member.index / 1000)}/${member.index}`
    : `runs/${token.run}`
  return `${place}/${attemptName(token)}`
}
