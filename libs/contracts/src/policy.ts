/**
 * A host's policy: what isolation models may be without there. It is a file of the operator's; without it nothing is
 * allowed. Heartbeats carry it, so that the dispatcher offers no job where it would be declined.
 */
import { z } from 'zod'
import { IsolationAsked } from './setup.ts'

const PATTERN = 'a model: *, name, or name@version; * stands for any letters'

export const Allowed = z
  .strictObject({
    network: z.enum(['outbound']).optional(),
    writable: z.boolean().optional(),
    capabilities: IsolationAsked.shape.capabilities,
    runtimes: z.array(IsolationAsked.shape.runtime.unwrap()).max(16).optional(),
  })
  .meta({ id: 'Allowed', description: 'What models of a pattern may ask' })
export type Allowed = z.infer<typeof Allowed>

export const Policy = z
  .strictObject({
    models: z
      .record(z.string().regex(/^[a-z0-9*][A-Za-z0-9*._+@-]{0,127}$/, PATTERN), Allowed)
      .default({})
      .meta({ description: 'by pattern; a model may what any pattern that fits it allows' }),
    runtime: IsolationAsked.shape.runtime.meta({ description: 'used for models that ask none' }),
  })
  .meta({ id: 'Policy', description: 'What a host allows models beyond the isolation that all have' })
export type Policy = z.infer<typeof Policy>
