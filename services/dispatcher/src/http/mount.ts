/** Routes are mounted from the contracts' operations: path, parameters and query are checked by the one schema there. */
import { badRequest, errorsOf, fault } from '@carya/contracts'
import type { Operation } from '@carya/contracts/operation'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Refusal } from './refusal.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of the token. */
    submitter: string
  }
  interface FastifyContextConfig {
    /** Answered without a token. */
    open?: boolean
  }
}

export type Call<P = unknown, Q = unknown> = {
  params: P
  query: Q
  request: FastifyRequest
  reply: FastifyReply
}

/** Mounts one operation. What the handler returns is sent; it throws a `Refusal` for what it will not do. */
export function mount<P extends z.ZodType, Q extends z.ZodType>(
  app: FastifyInstance,
  operation: Operation & { params: P; query: Q },
  handle: (call: Call<z.output<P>, z.output<Q>>) => Promise<unknown>,
): void {
  app.route({
    method: operation.method,
    url: operation.path.replace(/\/\{\*\}$/, '/*').replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { open: operation.open === true },
    handler: (request, reply) =>
      handle({
        params: checked(operation.params, request.params),
        query: checked(operation.query, request.query),
        request,
        reply,
      }),
  })
}

/** The parsed value; refuses with every fault there is. */
function checked<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  const faults = errorsOf(result.error, input).map(({ path, value, detail }) => {
    const [name = ''] = path.split('.')
    if (!known.includes(name)) {
      const there = known.length === 0 ? 'none is taken here' : `there are: ${known.join(', ')}`
      return fault([name], input, `no such parameter; ${there}`)
    }
    return fault([name], input, Array.isArray(value) && name === path ? 'given more than once' : detail)
  })
  throw new Refusal(badRequest(faults))
}
