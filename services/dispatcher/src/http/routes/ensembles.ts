import { resultTypes } from '@carya/contracts'
import { operations } from '@carya/contracts/operations'
import type { Store } from '@carya/store'
import type { FastifyInstance } from 'fastify'
import type { Api, Rejected } from '../../api.ts'
import { sendFile } from '../byte-range.ts'
import { mount } from '../mount.ts'
import { refuse, Refusal } from '../refusal.ts'
import { pairs } from './labels.ts'

/** Submitting, following, steering ensembles, and their results. */
export function mountEnsembles(app: FastifyInstance, api: Api, store: Store): void {
  mount(app, operations.submitEnsemble, async ({ request, reply }) => {
    const { accepted } = allowed(await api.submitEnsemble(request.body, request.submitter))
    return reply
      .code(accepted.duplicate ? 200 : 201)
      .header('location', `/v1/ensembles/${accepted.id}`)
      .send(accepted)
  })

  mount(
    app,
    operations.previewEnsemble,
    async ({ request }) => allowed(await api.previewEnsemble(request.body)).preview,
  )

  mount(app, operations.listEnsembles, async ({ query: { label = [], ...query }, request }) => {
    if (query.submitter === '@me') query.submitter = request.submitter
    return allowed(await api.ensembles({ ...query, labels: pairs(label) }))
  })

  mount(app, operations.getEnsemble, async ({ params }) => {
    const found = await api.ensemble(params.id)
    if (found) return found
    throw refuse(
      404,
      'no-such-ensemble',
      'There is no such ensemble',
      `${params.id} is not known here, or no longer`,
    )
  })

  mount(
    app,
    operations.changeEnsemble,
    async ({ params, request }) => allowed(await api.changeEnsemble(params.id, request.body)).ensemble,
  )
  mount(
    app,
    operations.pauseEnsemble,
    async ({ params }) => allowed(await api.pauseEnsemble(params.id)).ensemble,
  )
  mount(
    app,
    operations.resumeEnsemble,
    async ({ params }) => allowed(await api.resumeEnsemble(params.id)).ensemble,
  )
  mount(
    app,
    operations.rerunEnsemble,
    async ({ params }) => allowed(await api.rerunEnsemble(params.id)).ensemble,
  )

  mount(app, operations.cancelEnsemble, async ({ params, request, reply }) => {
    const { accepted } = allowed(await api.cancel(params.id, request.submitter))
    return reply.code(202).send(accepted)
  })

  mount(app, operations.readResults, async (call) => {
    const { id, file } = call.params
    const { folder } = allowed(await api.results(id))
    return sendFile(call, store, `${folder}/${file}`, {
      type: resultTypes[file],
      absent: `${id} has no ${file}`,
    })
  })
}

function allowed<T extends object>(result: T | Rejected): T {
  if ('rejected' in result) throw new Refusal(result.rejected)
  return result
}
