import { openApi } from '@carya/contracts/openapi'
import { operations } from '@carya/contracts/operations'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { mount } from '../mount.ts'

/** How the service is: health, readiness, and the description of the API. */
export function mountService(app: FastifyInstance, api: Api): void {
  mount(app, operations.describeService, () => api.service())
  mount(app, operations.health, async () => ({ status: 'ok' }))
  mount(app, operations.readiness, async ({ reply }) => {
    const readiness = await api.readiness()
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  const description = JSON.stringify(openApi())
  mount(app, operations.describe, async ({ reply }) => reply.type('application/json').send(description))
}
