/** A worker's heartbeat: what it holds, what room it has, how far its models are; every few seconds (H2, H24). */
import { z } from 'zod'
import { Name, Time } from './grammar.ts'
import { Token } from './job.ts'
import { PolicyTold } from './policy.ts'
import { MOST_SEQ } from './topology.ts'

const Room = z
  .looseObject({
    cpus: z.number(),
    memory: z.number().meta({ description: 'bytes' }),
    disk: z.number().optional().meta({ description: 'bytes for outputs; absent where it is not rationed' }),
  })
  .meta({ id: 'Room' })

/** How far a worker is with an attempt. Only a granted attempt is started; an ended one waits for `settled`. */
export const AttemptPhase = z.enum(['claimed', 'granted', 'running', 'finished'])

export const HeldAttempt = z
  .looseObject({
    ...Token.shape,
    phase: AttemptPhase,
    progress: z.number().min(0).max(1).optional(),
    preparing: z
      .string()
      .max(200)
      .optional()
      .meta({ description: 'what is done before the model starts: "pulls lab/pond:1.0.0, 34 %"' }),
  })
  .meta({ id: 'HeldAttempt' })

export type HeldAttempt = z.infer<typeof HeldAttempt>

/** Of those that a heartbeat tells of. */
export const MOST_LOOKUPS = 16

export const ImageLookup = z
  .looseObject({
    image: z.string(),
    how: z.string().max(200).meta({ description: '"34 % of 1.2 GiB", or nothing yet' }),
  })
  .meta({ id: 'ImageLookup', description: 'An image that is pulled to be looked up, and how far that is' })

export const LogChunk = z
  .looseObject({
    ...Token.shape,
    from: z.int().meta({ description: 'byte at which the text begins in log.txt' }),
    text: z.string(),
  })
  .meta({ id: 'LogChunk', description: 'Log lines that an order `tail` asked for; at most 64 KiB a beat' })

export const Heartbeat = z
  .looseObject({
    v: z.literal(1),
    worker: Name,
    pool: Name,
    session: z.string().meta({ description: "random, new at each start of the worker's process" }),
    beat: z.int().min(0),
    at: Time,
    interval: z.number().meta({ description: 'seconds until the next one at the latest' }),
    version: z.string(),
    seq: z
      .int()
      .max(MOST_SEQ)
      .meta({ description: 'highest commit sequence this worker has seen in a message (H4)' }),
    size: Room.meta({ description: 'what the worker offers in all' }),
    room: Room.meta({ description: 'what of it is free now' }),
    draining: z.boolean(),
    unwell: z.string().optional().meta({ description: 'why it takes no jobs for now, although it has room' }),
    attempts: z.array(HeldAttempt),
    policy: PolicyTold.optional(),
    lookups: z.array(ImageLookup).max(MOST_LOOKUPS).optional(),
    logs: z.array(LogChunk).optional(),
  })
  .meta({ id: 'Heartbeat' })
export type Heartbeat = z.infer<typeof Heartbeat>

export const WorkerView = z
  .looseObject({
    name: Name,
    pool: Name,
    state: z.enum(['live', 'draining', 'unwell', 'lost']),
    reason: z.string().optional().meta({ description: 'why it is unwell' }),
    version: z.string(),
    lastBeatAt: Time,
    size: Room,
    room: Room,
    attempts: z.int(),
    drained: z.boolean().optional().meta({
      description:
        'present while it is to take no more jobs; true: it has said so and holds nothing any more',
    }),
  })
  .meta({ id: 'Worker', description: 'A worker as its last heartbeat described it' })
export type WorkerView = z.infer<typeof WorkerView>
