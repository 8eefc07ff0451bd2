import { workerUser, type CancelAccepted } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let ann: Submitter
let api: CallApi
let worker: SimulatedWorker

beforeAll(async () => {
  installation = stack.use(await install())
  api = apiOf((await installation.dispatcher()).api, installation.token)
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { cpus: 64 }))
  await until('the worker is known', async () => (await api('GET', '/v1/workers')).body.items.length === 1)
  await api('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

type Answer = Pick<CancelAccepted, 'state' | 'changed'>
const ways: [string, (id: string) => Promise<Answer>][] = [
  [
    'HTTP',
    async (id) => {
      const { status, text } = await api('POST', `/v1/runs/${id}/cancel`)
      expect(status).toBe(202)
      const { state, changed }: CancelAccepted = JSON.parse(text)
      return { state, changed }
    },
  ],
  [
    'a message',
    async (id) => {
      const { body } = await ann.send({ kind: 'cancel', id }).answer('cancel.accepted')
      const { state, changed }: CancelAccepted = JSON.parse(JSON.stringify(body))
      return { state, changed }
    },
  ],
]

describe.each(ways)('a cancel by %s', (_, cancel) => {
  const submit = async (more: object = {}) => {
    const asked = ann.send({ kind: 'run', model: 'still', ...more })
    const id = String((await asked.answer('run.accepted')).body['id'])
    return { id, ended: (state: string) => asked.answer(`run.${state}`) }
  }
  const running = async () => {
    const run = await submit()
    const job = await worker.job((each) => each.run === run.id)
    worker.report('claimed', job)
    await worker.order((order) => order.do === 'granted' && order.run === run.id)
    return { ...run, job }
  }

  test.each([
    ['waits for its time', { after: '2099-01-01T00:00:00Z' }],
    ['waits for a worker that is large enough', { resources: { cpus: 1000 } }],
  ])('of a run that %s ends it', async (_of, more) => {
    const { id, ended } = await submit(more)
    expect(await cancel(id)).toEqual({ state: 'cancelled', changed: true })
    await ended('cancelled')
    expect(await cancel(id)).toEqual({ state: 'cancelled', changed: false })
  })

  test('of a queued run ends it, and who claims it is refused', async () => {
    const { id, ended } = await submit()
    const job = await worker.job((each) => each.run === id)
    expect(await cancel(id)).toEqual({ state: 'cancelled', changed: true })
    await ended('cancelled')
    worker.report('claimed', job)
    await worker.order((order) => order.do === 'refused' && order.run === id)
  })

  test('of a running run has it stopped, and says so again', async () => {
    const { id, job, ended } = await running()
    expect(await cancel(id)).toEqual({ state: 'running', changed: true })
    expect(await cancel(id)).toEqual({ state: 'running', changed: false })
    await worker.order((order) => order.do === 'stop' && order.run === id)
    worker.report('finished', job, finishedBody({ outcome: 'stopped', exitCode: 143 }))
    await ended('cancelled')
  })

  test('of a run that waits to be tried again ends it', async () => {
    const { id, job, ended } = await running()
    const failure = { kind: 'engine_error', detail: '' } as const
    worker.report('finished', job, finishedBody({ outcome: 'failed', failure }))
    const waits = async () => (await api('GET', `/v1/runs/${id}`)).body.state === 'pending'
    await until('it waits to be tried again', waits)
    expect(await cancel(id)).toEqual({ state: 'cancelled', changed: true })
    await ended('cancelled')
  })

  test('of an ended run tells the end and changes nothing', async () => {
    const { id, job, ended } = await running()
    worker.report('finished', job, finishedBody())
    const { body } = await ended('succeeded')
    expect(await cancel(id)).toEqual({ state: 'succeeded', changed: false })
    expect((await api('GET', `/v1/runs/${id}`)).body).toMatchObject({ endedAt: body['endedAt'] })
  })
})
