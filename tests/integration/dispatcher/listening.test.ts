/** Lease time counts only while a dispatcher hears its workers: an outage of ours takes no lease away. */
import { workerUser, type Job, type Order } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import type { Service } from '../../support/service.ts'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let service: Service
let call: CallApi
let worker: SimulatedWorker
const LEASE_MS = 2000

beforeAll(async () => {
  installation = stack.use(await install())
  const started = await installation.dispatcher({ CARYA_SWEEP: '500ms' })
  service = started.service
  call = apiOf(started.api, installation.token)
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim'))
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  const model = { name: 'still', version: '1', image: 'still:1', lease: '2s' }
  expect((await call('PUT', '/v1/models', model)).status).toBe(201)
})
afterAll(() => stack.disposeAsync())

const granted = async (): Promise<Job> => {
  const { body } = await call('POST', '/v1/runs', { kind: 'run', model: 'still' })
  const job = await worker.job((each) => each.run === body.id)
  worker.report('claimed', job)
  await worker.order((order) => order.do === 'granted' && order.run === job.run)
  return job
}
const beating = (job: Job): Disposable => {
  const { run, attempt, nonce } = job
  const timer = setInterval(() => worker.beat([{ run, attempt, nonce, phase: 'running' }]), 300)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
const keep = (job: Job) => (order: Order) => order.do === 'keep' && order.run === job.run
const passed = (ms: number) => {
  const begin = performance.now()
  return until(`${ms} ms have passed`, () => performance.now() - begin > ms)
}

test('a dispatcher that was frozen for three leases takes none away', async () => {
  const job = await granted()
  using _ = beating(job)
  await worker.order(keep(job))
  service.process.kill('SIGSTOP')
  await passed(3 * LEASE_MS)
  service.process.kill('SIGCONT')
  worker.orders.length = 0
  // through several sweeps
  await until('it hears again', () => worker.orders.filter(keep(job)).length > 10)
  expect((await call('GET', `/v1/runs/${job.run}`)).body).toMatchObject({ state: 'running', attempts: [{}] })
  worker.report('finished', job, finishedBody())
  await worker.order((order) => order.do === 'settled' && order.run === job.run)
})

test('of two dispatchers one that is frozen costs no lease, although it is given every second heartbeat', async () => {
  const other = await installation.dispatcher({ CARYA_SWEEP: '500ms' })
  const job = await granted()
  using _ = beating(job)
  await worker.order(keep(job))
  other.service.process.kill('SIGSTOP')
  worker.orders.length = 0
  await passed(3 * LEASE_MS)
  await until('it is heard', () => worker.orders.some(keep(job)))
  expect((await call('GET', `/v1/runs/${job.run}`)).body).toMatchObject({ state: 'running', attempts: [{}] })
  other.service.process.kill('SIGCONT')
  worker.report('finished', job, finishedBody())
  await worker.order((order) => order.do === 'settled' && order.run === job.run)
  await other.service.stop()
})

test('a worker that is silent loses its lease, after it was asked once more', async () => {
  const job = await granted()
  {
    using _ = beating(job)
    await worker.order(keep(job))
  }
  worker.orders.length = 0
  await worker.order((order) => order.do === 'beat')
  await until('the attempt is lost', async () => {
    const { body } = await call('GET', `/v1/runs/${job.run}`)
    return body.attempts[0]?.failure?.kind === 'worker_lost'
  })
  await call('POST', `/v1/runs/${job.run}/cancel`)
})
