import { workerUser, type FailureKind, type Order } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
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

const run = (more: object = {}) => ({ kind: 'run', model: 'still', ...more })
const of = (id: unknown) => (order: Order) => 'run' in order && order.run === id
const soon = (ms: number) => new Date(Date.now() + ms).toISOString()
const idOf = async (asked: ReturnType<Submitter['send']>) =>
  String((await asked.answer('run.accepted')).body['id'])
const shown = async (id: string) => (await api('GET', `/v1/runs/${id}`)).body
const failed = (kind: FailureKind) => finishedBody({ outcome: 'failed', failure: { kind, detail: '' } })

beforeAll(async () => {
  installation = stack.use(await install())
  const dispatcher = await installation.dispatcher({ CARYA_SWEEP: '1s', CARYA_MOST_HOST_FAULTS: '2' })
  api = apiOf(dispatcher.api, installation.token)
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim'))
  await until('the worker is known', async () => (await api('GET', '/v1/workers')).body.items.length === 1)
  await api('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

test('a run is not started before its time, and then it is', async () => {
  const after = soon(1500)
  const id = await idOf(ann.send(run({ after })))
  expect(await shown(id)).toMatchObject({ state: 'pending', after, notBefore: after })
  const job = await worker.job((each) => each.run === id)
  expect(job.queuedAt >= after).toBe(true)
  await api('POST', `/v1/runs/${id}/cancel`)
})

test('a deadline ends a run that nobody has claimed, and a late claim is refused', async () => {
  const asked = ann.send(run({ deadline: '3s' }))
  const end = await asked.answer('run.failed')
  expect(end.body).toMatchObject({
    failure: { kind: 'timeout', detail: expect.stringContaining('deadline') },
  })
  const job = await worker.job((each) => each.run === end.body['id'])
  worker.report('claimed', job)
  await worker.order((order) => of(job.run)(order) && order.do === 'refused')
  expect(await installation.redis.zcard('carya:deadlines')).toBe(0)
})

test('a run that could not start before its deadline is refused at once', async () => {
  const { body } = await ann.send(run({ after: soon(60_000), deadline: '10s' })).answer('run.rejected')
  expect(body).toMatchObject({ errors: [{ path: 'after', detail: expect.stringContaining('deadline') }] })
})

test('a deadline has a running model stopped, again with every heartbeat, and its end is a timeout', async () => {
  const asked = ann.send(run({ deadline: '5s', retries: 5 }))
  const id = await idOf(asked)
  const job = await worker.job((each) => each.run === id)
  worker.report('claimed', job)
  const stop = (order: Order) => of(id)(order) && order.do === 'stop' && order.reason === 'deadline'
  await worker.order(stop)
  worker.orders.length = 0
  const { run: name, attempt, nonce } = job
  worker.beat([{ run: name, attempt, nonce, phase: 'running' }])
  await worker.order(stop)
  worker.report('finished', job, finishedBody({ outcome: 'stopped', exitCode: 143 }))
  expect((await asked.answer('run.failed')).body).toMatchObject({
    failure: { kind: 'timeout' },
    attempts: [{}],
  })
})

test('what ran out of memory is tried with more, which the room is kept for, and spends no retry', async () => {
  const resources = { memory: '64MiB', memoryGrowth: 3, memoryMost: '256MiB' }
  const asked = ann.send(run({ resources }))
  const id = await idOf(asked)
  for (const [attempt, memory] of [
    [1, 64],
    [2, 192],
    [3, 256],
  ] as const) {
    const job = await worker.job((each) => each.run === id && each.attempt === attempt)
    expect(job.resources.memory).toBe(memory * 2 ** 20)
    worker.report('claimed', job)
    await worker.order((order) => of(id)(order) && order.do === 'granted' && order.attempt === attempt)
    const kept = await installation.redis.hget('carya:pool:default:running', id)
    expect(JSON.parse(String(kept))).toMatchObject({ cpus: 1, memory: memory * 2 ** 20 })
    worker.report('finished', job, failed('out_of_memory'))
  }
  expect((await asked.answer('run.failed')).body).toMatchObject({
    resources: { memory: 64 * 2 ** 20 },
    attempts: [{}, { memory: 192 * 2 ** 20 }, { memory: 256 * 2 ** 20 }],
  })
})

test('faults of hosts end a run when there are as many as the setting says', async () => {
  const asked = ann.send(run({ retries: 9 }))
  const id = await idOf(asked)
  for (const attempt of [1, 2]) {
    const job = await worker.job((each) => each.run === id && each.attempt === attempt)
    worker.report('claimed', job)
    worker.report('finished', job, failed('engine_error'))
  }
  expect((await asked.answer('run.failed')).body).toMatchObject({ failure: { kind: 'engine_error' } })
})

test('[52] what a newer version has written into a record outlives every change', async () => {
  const id = await idOf(ann.send(run({ after: soon(2500) })))
  const key = `carya:run:${id}`
  const record = JSON.parse(String(await installation.redis.hget(key, 'record')))
  // as another dispatcher would change it, while this one still has it in mind as it was
  const newer = JSON.stringify({ ...record, colour: 'green', version: 2 })
  await installation.redis.hset(key, 'record', newer, 'version', 2)
  const job = await worker.job((each) => each.run === id)
  expect(job.record).toMatchObject({ colour: 'green' })
  worker.report('claimed', job)
  worker.report('finished', job, finishedBody())
  await until('the run has ended', async () => (await shown(id)).state === 'succeeded')
  expect(JSON.parse(String(await installation.redis.hget(key, 'record')))).toMatchObject({ colour: 'green' })
})
