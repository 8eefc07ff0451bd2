/**
 * What the dispatcher tells one worker. Orders are level-triggered (H2): every heartbeat is answered with one for
 * each attempt it lists; an order sent by itself only makes it quicker, so losing one loses nothing.
 *
 * A worker passes over a whole message with an order that its version does not know. So an order that was not in the
 * first version (`resume`) goes in a message of its own.
 */
import { z } from 'zod'
import { Name } from './grammar.ts'
import { Token } from './job.ts'

const token = Token.shape

export const Order = z
  .discriminatedUnion('do', [
    z.looseObject({ do: z.literal('granted'), ...token, lease: z.number().meta({ description: 'seconds' }) }),
    z.looseObject({
      do: z.literal('refused'),
      ...token,
      reason: z.string(),
      unused: z.boolean().optional().meta({
        description:
          'nobody was granted the attempt, or ever will be: what was prepared in its folder may go',
      }),
    }),
    z.looseObject({
      do: z.literal('keep'),
      ...token,
      tell: z.boolean().optional().meta({ description: 'no record knows it: send the report `held` (H3)' }),
    }),
    z.looseObject({ do: z.literal('stop'), ...token, reason: z.string() }),
    z.looseObject({ do: z.literal('settled'), ...token }),
    z.looseObject({ do: z.literal('tail'), ...token, from: z.int().min(0) }),
    z.looseObject({
      do: z.literal('resolve'),
      request: z.string(),
      image: z.string(),
      fresh: z.boolean().optional().meta({ description: 'ask the registry first: its tag may have moved' }),
    }),
    z
      .looseObject({ do: z.literal('drain') })
      .meta({ description: 'take no more jobs, until `resume`; what is held goes on' }),
    z.looseObject({ do: z.literal('resume') }).meta({ description: 'take jobs again after `drain`' }),
    z.looseObject({ do: z.literal('beat') }).meta({ description: 'send a heartbeat now' }),
  ])
  .meta({ id: 'Order' })
export type Order = z.infer<typeof Order>

export const Orders = z
  .looseObject({
    v: z.literal(1),
    worker: Name,
    beat: z.int().optional().meta({ description: 'the heartbeat this answers, if it answers one' }),
    orders: z.array(Order),
  })
  .meta({ id: 'Orders', description: 'Orders to one worker' })
export type Orders = z.infer<typeof Orders>
