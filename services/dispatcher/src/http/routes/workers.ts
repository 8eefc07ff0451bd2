import { operations } from '@carya/contracts/operations'
import type { FastifyInstance } from 'fastify'
import type { Api } from '../../api.ts'
import { mount } from '../mount.ts'
import { page } from '../page.ts'
import { Refusal } from '../refusal.ts'

/** Workers, and what an operator wishes of them. */
export function mountWorkers(app: FastifyInstance, api: Api): void {
  mount(app, operations.listWorkers, async ({ query: { pool, ...query } }) => {
    const workers = await api.workers()
    const asked = pool === undefined ? workers : workers.filter((worker) => worker.pool === pool)
    return page(asked, (worker) => worker.name, query)
  })
  mount(app, operations.drainWorker, ({ params }) => drain(params.name, 'drain'))
  mount(app, operations.resumeWorker, ({ params }) => drain(params.name, 'resume'))

  mount(app, operations.forgetWorker, async ({ params, query, reply }) => {
    const result = await api.forget(params.name, query.when)
    if ('rejected' in result) throw new Refusal(result.rejected)
    return reply.code(result.worker.forgotten ? 200 : 202).send(result.worker)
  })

  async function drain(name: string, wish: 'drain' | 'resume') {
    const result = await api.drain(name, wish)
    if ('rejected' in result) throw new Refusal(result.rejected)
    return result.worker
  }
}
