/** A worker that is drained by `carya worker drain`, as the dispatcher sees it through. */
import { Problem, WorkerView, workerUser, type Job, type Order, type Why } from '@carya/contracts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import type { Service } from '../../support/service.ts'
import {
  finishedBody,
  simulateWorker,
  type SimulatedOptions,
  type SimulatedWorker,
} from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { carya } from '../cli/carya.ts'

let stack: AsyncDisposableStack
let installation: Installation
let dispatcher: Service
let address: string
let call: CallApi

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  installation = stack.use(await install())
  await startDispatcher()
})
afterEach(() => stack.disposeAsync())

async function startDispatcher(): Promise<void> {
  ;({ service: dispatcher, api: address } = await installation.dispatcher({ CARYA_SWEEP: '1s' }))
  call = apiOf(address, installation.token)
}

async function worker(name: string, options: SimulatedOptions = {}): Promise<SimulatedWorker> {
  await installation.permitWorker(name)
  const url = installation.amqpUrl(workerUser(name))
  const simulated = stack.use(await simulateWorker(url, name, { beatMs: 300, ...options }))
  await until(`${name} is live`, async () => (await view(name))?.state === 'live')
  return simulated
}

async function view(name: string): Promise<WorkerView | undefined> {
  const { body } = await call('GET', '/v1/workers')
  const found = body.items.find((each) => each['name'] === name)
  return found && WorkerView.parse(found)
}

async function submit(): Promise<string> {
  const model = { name: 'still', version: '1', image: 'still:1' }
  await until('it is registered', async () => (await call('PUT', '/v1/models', model)).status < 300)
  const { status, body } = await call('POST', '/v1/runs', { kind: 'run', model: 'still' })
  expect(status).toBe(201)
  return body.id
}

const command = (...words: string[]) => carya(address, words, { CARYA_TOKEN: installation.token })
const stateOf = async (id: string) => (await call('GET', `/v1/runs/${id}`)).body.state
const drains = (sim: SimulatedWorker, word: Order['do'] = 'drain') =>
  sim.orders.filter((order) => order.do === word).length

/** Claims a job and has it granted. */
async function start(sim: SimulatedWorker, job: Job): Promise<void> {
  sim.report('claimed', job)
  await sim.order((order) => order.do === 'granted' && order.run === job.run)
}

test('it goes on with what it has, gets nothing more, and is told so until it agrees, by any dispatcher', async () => {
  const sim = await worker('w1')
  const first = await submit()
  const job = await sim.job((each) => each.run === first)
  await start(sim, job)
  const { status, body } = await call('POST', '/v1/workers/w1/drain')
  expect([status, body]).toMatchObject([200, { name: 'w1', state: 'draining', drained: false }])
  await until('it is told with each beat', () => drains(sim) > 2)
  await dispatcher.stop()
  await startDispatcher()
  const before = drains(sim)
  await until('the next dispatcher tells it too', () => drains(sim) > before)
  expect(await view('w1')).toMatchObject({ state: 'draining', attempts: 1, drained: false })

  await sim.drain(true)
  const other = await worker('w2')
  const second = await submit()
  await start(other, await other.job((each) => each.run === second))
  expect(sim.jobs.map((each) => each.run)).toEqual([first])
  expect(await command('worker', 'ls')).toMatchObject({
    out: expect.stringContaining('\tdraining, 1 left\t'),
  })
  // the answer to a beat that agrees has no such order: it would come before the other
  const known = drains(sim)
  const { run, attempt, nonce } = job
  const unknown = { run: `r${'0'.repeat(26)}`, attempt: 1, nonce, phase: 'running' }
  sim.beat([{ run, attempt, nonce, phase: 'running' }, unknown])
  await sim.order((order) => order.do === 'keep' && order.run === unknown.run)
  expect(drains(sim)).toBe(known)

  sim.report('finished', job, finishedBody())
  await until('it has ended', async () => (await stateOf(first)) === 'succeeded')
  await until('it is empty', async () => (await view('w1'))?.drained === true)
  expect(await command('worker', 'ls')).toMatchObject({
    out: expect.stringContaining('\tdraining, empty\t'),
  })
})

test('a job that it takes all the same is not granted; --off has it take jobs again', async () => {
  const sim = await worker('w1')
  const id = await submit()
  const job = await sim.job((each) => each.run === id)
  const drained = await command('worker', 'drain', 'w1')
  expect([drained.code, drained.out]).toEqual([0, 'w1 draining\n'])
  sim.report('claimed', job)
  expect(await sim.order((order) => order.do === 'refused')).toMatchObject({ run: id, unused: true })
  expect(await stateOf(id)).toBe('pending')
  const { reasons }: Why = JSON.parse((await command('why', id, '--json')).out)
  expect(reasons).toMatchObject([
    { class: 'act', kind: 'draining', hint: expect.stringContaining('carya worker drain w1 --off') },
  ])
  await sim.drain(true)
  await until('it is drained', async () => (await view('w1'))?.drained === true)

  const off = await command('worker', 'drain', 'w1', '--off')
  expect([off.code, off.err]).toEqual([0, expect.stringContaining('again')])
  await until('it is told with each beat', () => drains(sim, 'resume') > 2)
  await sim.drain(false)
  const again = await sim.job((each) => each.run === id && each.attempt === 2)
  await start(sim, again)
  expect(await view('w1')).not.toHaveProperty('drained')
})

test('one that is not known is told which there are', async () => {
  await worker('node2')
  const answer = await call('POST', '/v1/workers/node22/drain')
  expect(answer.status).toBe(404)
  expect(Problem.parse(answer.body).detail).toContain('did you mean node2?')
  const { code, err } = await command('worker', 'drain', 'node22')
  expect([code, err]).toEqual([2, expect.stringContaining('did you mean node2?')])
})
