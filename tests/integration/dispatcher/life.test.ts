import { workerUser, type Order, type RunView } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let ann: Submitter
let api: string
let worker: SimulatedWorker

type Answered = { status: number; body: RunView & { items: object[] } }

const http = async (method: string, path: string, body?: object) => {
  const response = await fetch(`${api}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${installation.token}`,
      ...(body ? { 'content-type': 'application/json' } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const answer: Answered = { status: response.status, body: JSON.parse(await response.text()) }
  return answer
}
const run = (more: object = {}) => ({ kind: 'run', model: 'still', ...more })
const of = (id: unknown) => (order: Order) => 'run' in order && order.run === id

beforeAll(async () => {
  installation = stack.use(await install())
  ;({ api } = await installation.dispatcher({ CARYA_SWEEP: '1s' }))
  // a worker's name and rights are made with it; this one has no containers
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim'))
  await until('the worker is known', async () => (await http('GET', '/v1/workers')).body.items.length === 1)
  const model = {
    name: 'still',
    version: '1',
    image: 'still:1',
    parameters: { k: { type: 'number', default: 1, range: [0, 2] } },
  }
  expect((await http('PUT', '/v1/models', model)).status).toBe(201)
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

describe('a run submitted as a message', () => {
  test('is accepted, queued, granted to who claims it, and its end reaches the submitter', async () => {
    const asked = ann.send(run({ params: { k: 0.5 } }))
    const accepted = await asked.answer('run.accepted')
    expect(accepted.body).toMatchObject({ v: 1, state: 'pending', duplicate: false })
    const job = await worker.job((each) => each.run === accepted.body['id'])
    expect(job).toMatchObject({ attempt: 1, submitter: 'ann', model: 'still@1', params: { k: 0.5 } })
    worker.report('claimed', job)
    await worker.order((order) => of(job.run)(order) && order.do === 'granted')
    worker.report('started', job, { container: 'c1', startedAt: new Date().toISOString() })
    worker.report('finished', job, finishedBody({ container: 'c1' }))
    const end = await asked.answer('run.succeeded')
    expect(end.body).toMatchObject({ id: job.run, state: 'succeeded', metrics: { answer: 42 } })
    await worker.order((order) => of(job.run)(order) && order.do === 'settled')
    const shown = await http('GET', `/v1/runs/${job.run}`)
    expect(shown.body).toMatchObject({
      state: 'succeeded',
      submitter: 'ann',
      attempts: [{ attempt: 1, worker: 'sim', container: 'c1', exitCode: 0 }],
      outputs: [{ name: 'daily.csv', url: `/v1/runs/${job.run}/outputs/daily.csv` }],
    })
  })

  test('[2, 3] is the same run when it comes again with its key, and another body is told', async () => {
    const first = await ann.send(run({ key: 'k1' })).answer('run.accepted')
    const again = await ann.send(run({ key: 'k1' })).answer()
    expect(again).toMatchObject({ type: 'run.accepted', body: { id: first.body['id'], duplicate: true } })
    const other = await ann.send(run({ key: 'k1', params: { k: 2 } })).answer()
    expect(other).toMatchObject({ type: 'run.rejected', body: { errors: [{ path: 'key' }] } })
    const job = await worker.job((each) => each.run === first.body['id'])
    worker.report('claimed', job)
    worker.report('finished', job, finishedBody())
    // who asks when all is over gets the end at once
    const late = ann.send(run({ key: 'k1' }))
    expect((await late.answer('run.accepted')).body['duplicate']).toBe(true)
    await late.answer('run.succeeded')
  })

  test('is one new run when it comes again, twice, and the run of its key is gone', async () => {
    const gone = await ann.send(run({ key: 'k2' })).answer('run.accepted')
    await ann.send({ kind: 'cancel', id: gone.body['id'] }).answer('cancel.accepted')
    await installation.redis.del(`carya:run:${String(gone.body['id'])}`)
    const first = await ann.send(run({ key: 'k2' })).answer('run.accepted')
    expect(first.body['id']).not.toBe(gone.body['id'])
    const again = await ann.send(run({ key: 'k2' })).answer('run.accepted')
    expect(again.body).toMatchObject({ id: first.body['id'], duplicate: true })
    await ann.send({ kind: 'cancel', id: first.body['id'] }).answer('cancel.accepted')
  })

  test('is the same run when its message id comes again', async () => {
    const first = await ann.send(run(), { messageId: 'm1' }).answer('run.accepted')
    const again = await ann.send(run(), { messageId: 'm1' }).answer('run.accepted')
    expect(again.body['id']).toBe(first.body['id'])
    await http('POST', `/v1/runs/${String(first.body['id'])}/cancel`, {})
  })
})

describe('cancel', () => {
  test('[14] of a queued run ends it, and the worker that claims it is refused', async () => {
    const asked = ann.send(run())
    const id = (await asked.answer('run.accepted')).body['id']
    const job = await worker.job((each) => each.run === id)
    const answer = await ann.send({ kind: 'cancel', id }).answer()
    expect(answer).toMatchObject({ type: 'cancel.accepted', body: { id, state: 'cancelled' } })
    await asked.answer('run.cancelled')
    worker.report('claimed', job)
    await worker.order((order) => of(id)(order) && order.do === 'refused')
  })

  test('of the last run of a pool without workers lets the pool go', async () => {
    const { redis } = installation
    const isKnown = async () => (await redis.sismember('carya:pools', 'nowhere')) === 1
    const { body } = await ann.send(run({ pool: 'nowhere' })).answer('run.accepted')
    expect(await isKnown()).toBe(true)
    await ann.send({ kind: 'cancel', id: body['id'] }).answer('cancel.accepted')
    await until('the pool is forgotten', async () => !(await isKnown()))
    expect(await redis.sismember('carya:pools', 'default')).toBe(1)
  })

  test('of a running run orders a stop, again with every heartbeat, and ends with its report', async () => {
    const asked = ann.send(run())
    const id = (await asked.answer('run.accepted')).body['id']
    const job = await worker.job((each) => each.run === id)
    worker.report('claimed', job)
    await worker.order((order) => of(id)(order) && order.do === 'granted')
    expect((await http('POST', `/v1/runs/${String(id)}/cancel`)).status).toBe(202)
    await worker.order((order) => of(id)(order) && order.do === 'stop')
    worker.orders.length = 0
    const { run: name, attempt, nonce } = job
    worker.beat([{ run: name, attempt, nonce, phase: 'running' }])
    await worker.order((order) => of(id)(order) && order.do === 'stop')
    worker.report('finished', job, finishedBody({ outcome: 'stopped', exitCode: 143 }))
    await asked.answer('run.cancelled')
  })
})

describe('what is lost', () => {
  test('[16] a claim that was lost is made up for by the heartbeat that lists it', async () => {
    const id = (await ann.send(run()).answer('run.accepted')).body['id']
    const { run: name, attempt, nonce } = await worker.job((each) => each.run === id)
    worker.beat([{ run: name, attempt, nonce, phase: 'claimed' }])
    await worker.order((order) => of(id)(order) && order.do === 'granted')
    worker.beat([])
    // it was granted and is not listed any more: the worker has lost it, and the run is tried again
    await worker.job((each) => each.run === id && each.attempt === 2)
    await http('POST', `/v1/runs/${String(id)}/cancel`)
  })

  test('a beat that the end of its attempt has overtaken stops nothing', async () => {
    const asked = ann.send(run())
    const id = (await asked.answer('run.accepted')).body['id']
    const job = await worker.job((each) => each.run === id)
    const { run: name, attempt, nonce } = job
    worker.report('claimed', job)
    await worker.order((order) => of(id)(order) && order.do === 'granted')
    worker.report('finished', job, finishedBody())
    await asked.answer('run.succeeded')
    await worker.order((order) => of(id)(order) && order.do === 'settled')
    worker.orders.length = 0
    worker.beat([{ run: name, attempt, nonce, phase: 'running' }])
    expect((await worker.order(of(id))).do).toBe('settled')
  })

  test('an unknown run is kept', async () => {
    const unknown = { run: 'r01k00000000000000000000000', attempt: 1, nonce: '1111111111111111' }
    worker.beat([{ ...unknown, phase: 'running' }])
    expect((await worker.order(of(unknown.run))).do).toBe('keep')
  })

  test('a report in the name of another worker changes nothing', async () => {
    const id = (await ann.send(run()).answer('run.accepted')).body['id']
    const job = await worker.job((each) => each.run === id)
    worker.report('claimed', job, { worker: 'other' })
    worker.report('claimed', job)
    await worker.order((order) => of(id)(order) && order.do === 'granted')
    expect((await http('GET', `/v1/runs/${String(id)}`)).body.attempts[0]?.worker).toBe('sim')
    worker.report('finished', job, finishedBody())
  })
})
