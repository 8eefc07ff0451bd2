/** Workers that are gone, and what the dispatcher forgets of them. */
import { connect } from 'amqplib'
import { workerQueue, workerUser } from '@carya/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { carya } from '../cli/carya.ts'

let stack: AsyncDisposableStack
let installation: Installation
let address: string
let call: CallApi

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  installation = stack.use(await install())
})
afterEach(() => stack.disposeAsync())

async function startDispatcher(settings: Record<string, string> = {}) {
  const dispatcher = await installation.dispatcher({ CARYA_SWEEP: '1s', ...settings })
  address = dispatcher.api
  call = apiOf(address, installation.token)
  return dispatcher.service
}

async function worker(name: string): Promise<SimulatedWorker> {
  await installation.permitWorker(name)
  const url = installation.amqpUrl(workerUser(name))
  const simulated = stack.use(await simulateWorker(url, name, { beatMs: 300 }))
  await until(`${name} is live`, async () => (await stateOf(name)) === 'live')
  return simulated
}

async function stateOf(name: string): Promise<unknown> {
  const { body } = await call('GET', '/v1/workers')
  return body.items.find((each) => each['name'] === name)?.['state']
}

/** Ends a worker, and waits until it counts as lost. */
async function lose(name: string, sim: SimulatedWorker): Promise<void> {
  await sim[Symbol.asyncDispose]()
  await until(`${name} is lost`, async () => (await stateOf(name)) === 'lost')
}

async function granted(sim: SimulatedWorker): Promise<string> {
  await call('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  const { id } = (await call('POST', '/v1/runs', { kind: 'run', model: 'still' })).body
  const job = await sim.job((each) => each.run === id)
  sim.report('claimed', job)
  await sim.order((order) => order.do === 'granted' && order.run === id)
  return id
}

const queues = async () => (await installation.broker.queues(installation.name)).map(({ name }) => name)
const remove = async (path: string) => {
  const { status, body } = await call('DELETE', `/v1/workers/${path}`)
  return [status, body]
}

test('one that is there or holds runs is kept; one that is gone is forgotten with its queue, for good', async () => {
  const dispatcher = await startDispatcher()
  const first = await worker('w1')
  const refused = { type: 'urn:carya:problem:worker-there' }
  expect(await remove('w1')).toMatchObject([409, refused])
  await granted(first)
  // only now, or it might have taken the job
  const second = await worker('w2')
  await lose('w1', first)
  expect(await remove('w1')).toMatchObject([409, { type: 'urn:carya:problem:worker-holds-runs' }])

  await lose('w2', second)
  const own = workerQueue('default', 'w2')
  expect(await queues()).toContain(own)
  // what lies there was taken back long ago
  const connection = await connect(installation.adminUrl)
  const channel = await connection.createConfirmChannel()
  channel.sendToQueue(own, Buffer.from('a job of old'))
  await channel.waitForConfirms()
  await connection.close()
  const env = { CARYA_TOKEN: installation.token }
  const removed = await carya(address, ['worker', 'rm', 'w2'], env)
  expect([removed.code, removed.err]).toEqual([0, expect.stringContaining('w2 is forgotten')])
  expect(await stateOf('w2')).toBeUndefined()
  expect(await queues()).not.toContain(own)
  expect(await remove('w2')).toMatchObject([404, { detail: expect.stringContaining('there are w1') }])

  await dispatcher.stop()
  await startDispatcher()
  expect(await stateOf('w2')).toBeUndefined()
  expect(await queues()).not.toContain(own)
  // should it come back it is a new one
  await worker('w2')
  await until('its queue is made', async () => (await queues()).includes(own))
})

test('one that is to go when it is gone takes no more jobs, and is forgotten then; one started again stays', async () => {
  await startDispatcher()
  const [goes, stays] = [await worker('w1'), await worker('w2')]
  for (const name of ['w1', 'w2'])
    expect(await remove(`${name}?when=gone`)).toMatchObject([202, { name, forgotten: false }])
  await goes.order((order) => order.do === 'drain')
  expect(await stateOf('w1')).toBe('draining')
  await goes[Symbol.asyncDispose]()
  await until('it is forgotten', async () => (await stateOf('w1')) === undefined)
  expect(await queues()).not.toContain(workerQueue('default', 'w1'))

  await stays[Symbol.asyncDispose]()
  const again = await worker('w2')
  await lose('w2', again)
  expect(await installation.redis.hexists('carya:worker:w2', 'wish')).toBe(0)
})

test('one that is lost and holds nothing is forgotten by itself, as ended runs are', async () => {
  await startDispatcher({ CARYA_RETENTION: '1s' })
  const [holds, idle] = [await worker('w1'), await worker('w2')]
  // so that the other gets the run
  await idle.drain(true)
  await granted(holds)
  await holds[Symbol.asyncDispose]()
  await idle[Symbol.asyncDispose]()
  await until('it is forgotten', async () => (await stateOf('w2')) === undefined)
  expect(await stateOf('w1')).toBe('lost')
})
