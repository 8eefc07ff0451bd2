import { operations } from '@carya/contracts/operations'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Api } from '../../api.ts'
import { mount } from '../mount.ts'
import { pageOf } from '../page.ts'
import { refuse, Refusal } from '../refusal.ts'

/** Models, their registration, and their images. */
export function mountModels(app: FastifyInstance, api: Api): void {
  mount(app, operations.listModels, async ({ query }) =>
    pageOf(await api.modelRefs(), (ref) => api.model(ref), query),
  )

  mount(app, operations.getModel, async ({ params }) => {
    const model = await api.model(params.ref)
    if (model) return model
    throw refuse(404, 'no-such-model', 'There is no such model', `${params.ref} is not registered here`)
  })

  mount(app, operations.registerModel, async ({ query, request, reply }) => {
    const how = { isDefault: query.default === 'yes', fresh: query.fresh === 'yes' }
    const { model, created } = given(await api.register(request.body, how, leaving(reply)))
    return reply
      .code(created ? 201 : 200)
      .header('location', `/v1/models/${model.name}@${model.version}`)
      .send(model)
  })

  mount(app, operations.makeDefault, async ({ params }) => given(await api.makeDefault(params.ref)).model)
  mount(app, operations.removeModel, async ({ params }) => given(await api.removeModel(params.ref)).model)
  mount(
    app,
    operations.findImage,
    async ({ request, reply }) => given(await api.findImage(request.body, leaving(reply))).found,
  )
}

/** Aborted when the asker has gone, whose connection may be silent for as long as an image is pulled. */
function leaving(reply: FastifyReply): AbortSignal {
  const gone = new AbortController()
  // with its next request the connection has its usual time again
  reply.raw.socket?.setTimeout(0)
  reply.raw.once('close', () => gone.abort())
  return gone.signal
}

function given<T extends object>(result: T | { rejected: Refusal['problem'] }): T {
  if ('rejected' in result) throw new Refusal(result.rejected)
  return result
}
