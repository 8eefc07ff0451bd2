import { operations } from '@carya/contracts/operations'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { mount } from '../mount.ts'
import { page } from '../page.ts'
import { refuse, Refusal } from '../refusal.ts'

/** Models and their registration. */
export function mountModels(app: FastifyInstance, api: Api): void {
  mount(app, operations.listModels, async ({ query }) =>
    page(await api.models(), ({ name, version }) => `${name}@${version}`, query),
  )

  mount(app, operations.getModel, async ({ params }) => {
    const model = await api.model(params.ref)
    if (model) return model
    throw refuse(404, 'no-such-model', 'There is no such model', `${params.ref} is not registered here`)
  })

  mount(app, operations.registerModel, async ({ request, reply }) => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    const result = await api.register(request.body, gone.signal)
    if ('rejected' in result) throw new Refusal(result.rejected)
    const { model, created } = result
    return reply
      .code(created ? 201 : 200)
      .header('location', `/v1/models/${model.name}@${model.version}`)
      .send(model)
  })
}
