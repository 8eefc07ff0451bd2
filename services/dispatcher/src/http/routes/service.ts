import { openApi } from '@carya/contracts/openapi'
import { operations } from '@carya/contracts/operations'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { mount } from '../mount.ts'
import { page } from '../page.ts'

/** How the service is: workers, health, readiness, and the description of the API. */
export function mountService(app: FastifyInstance, api: Api): void {
  mount(app, operations.listWorkers, async ({ query: { pool, ...query } }) => {
    const workers = await api.workers()
    const asked = pool === undefined ? workers : workers.filter((worker) => worker.pool === pool)
    return page(asked, (worker) => worker.name, query)
  })
  mount(app, operations.describeService, () => api.service())
  mount(app, operations.health, async () => ({ status: 'ok' }))
  mount(app, operations.readiness, async ({ reply }) => {
    const readiness = await api.readiness()
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  const description = JSON.stringify(openApi())
  mount(app, operations.describe, async ({ reply }) => reply.type('application/json').send(description))
}
