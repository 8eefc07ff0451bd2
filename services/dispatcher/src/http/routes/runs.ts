import { operations } from '@carya/contracts/operations'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { mount } from '../mount.ts'
import { refuse, Refusal } from '../refusal.ts'
import { pairs } from './labels.ts'

/** Submitting, finding, listing and cancelling runs. */
export function mountRuns(app: FastifyInstance, api: Api): void {
  mount(app, operations.submitRun, async ({ request, reply }) => {
    const result = await api.submit(request.body, request.submitter)
    if ('rejected' in result) throw new Refusal(result.rejected)
    const { accepted } = result
    return reply
      .code(accepted.duplicate ? 200 : 201)
      .header('location', `/v1/runs/${accepted.id}`)
      .send(accepted)
  })

  mount(app, operations.reproduceRun, async ({ params: { id }, request, reply }) => {
    const result = (await api.reproduce(id, request.body, request.submitter)) ?? noRun(id)
    if ('rejected' in result) throw new Refusal(result.rejected)
    const { accepted } = result
    return reply
      .code(accepted.duplicate ? 200 : 201)
      .header('location', `/v1/runs/${accepted.id}`)
      .send(accepted)
  })

  mount(app, operations.listRuns, async ({ query: { label = [], ...query }, request }) => {
    if (query.submitter === '@me') query.submitter = request.submitter
    const result = await api.runs({ ...query, labels: pairs(label) })
    if ('items' in result) return result
    throw new Refusal(result.rejected)
  })

  mount(app, operations.getRun, async ({ params }) => (await api.run(params.id)) ?? noRun(params.id))

  mount(app, operations.explainRun, async ({ params }) => (await api.why(params.id)) ?? noRun(params.id))

  mount(app, operations.cancelRun, async ({ params, request, reply }) => {
    const result = await api.cancel(params.id, request.submitter)
    if ('rejected' in result) throw new Refusal(result.rejected)
    return reply.code(202).send(result.accepted)
  })
}

/** Refuses a run that is not known: never was, or ended longer ago than records are kept. */
export function noRun(id: string): never {
  const why = id.includes('-')
    ? 'its ensemble has no such member, or is known no longer'
    : 'it is not known here, or no longer'
  throw refuse(404, 'no-such-run', 'There is no such run', `${id}: ${why}`)
}
