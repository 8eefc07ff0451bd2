/** Making a run again: what is asked, and what is answered. */
import { z } from 'zod'
import { Accepted } from './answer.ts'
import { ClientKey, Name, Priority } from './grammar.ts'
import { RunId } from './ids.ts'

export const ReproduceRequest = z
  .strictObject({
    v: z.literal(1).optional(),
    pool: Name.optional().meta({ description: 'where it is not that of the run' }),
    priority: Priority.optional(),
    key: ClientKey.optional(),
  })
  .meta({
    id: 'ReproduceRequest',
    description:
      'Asks that a run be made again from the same image, command, parameters, files and inputs; nothing is required',
  })
export type ReproduceRequest = z.infer<typeof ReproduceRequest>

export const Reproducing = z
  .looseObject({
    ...Accepted.shape,
    reproduces: RunId,
    notes: z
      .array(z.string())
      .meta({ description: 'what may not be the same, in words: inputs whose content nothing vouches for' }),
  })
  .meta({ id: 'Reproducing', description: 'The run that makes another again is committed' })
export type Reproducing = z.infer<typeof Reproducing>
