import { isTerminal, RunState, workerUser, type RunEvent, type Token } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAmqpClient } from '../../support/amqp-client.ts'
import { apiOf, type CallApi } from '../../support/api.ts'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const RUNS = 1000
const AT_ONCE = 32
const stack = new AsyncDisposableStack()
let installation: Installation
let ann: Submitter
let api: CallApi
let worker: SimulatedWorker
/** terminal events by run */
const told = new Map<string, string[]>()

beforeAll(async () => {
  installation = stack.use(await install())
  api = apiOf((await installation.dispatcher()).api, installation.token)
  await installation.permitWorker('sim')
  const ended = new Set<string>()
  const finish = (of: Token, more: object) => {
    const name = `${of.run} ${of.attempt}`
    if (ended.has(name)) return
    ended.add(name)
    worker.report('finished', of, finishedBody(more))
  }
  worker = stack.use(
    await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', {
      cpus: 64,
      auto: true,
      // the model ends by itself a moment after it was started, or is stopped before
      onOrder(order) {
        if (order.do === 'granted') setImmediate(() => finish(order, {}))
        if (order.do === 'stop') finish(order, { outcome: 'stopped', exitCode: 143 })
      },
    }),
  )
  await until('the worker is known', async () => (await api('GET', '/v1/workers')).body.items.length === 1)
  await api('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  const { channel: events } = stack.use(await openAmqpClient(installation.adminUrl))
  const { queue } = await events.assertQueue('', { exclusive: true })
  await events.bindQueue(queue, 'carya.events', 'run.#')
  await events.consume(
    queue,
    (message) => {
      const { data }: RunEvent = JSON.parse(String(message?.content))
      if (isTerminal(data.state)) told.set(data.id, [...(told.get(data.id) ?? []), data.state])
    },
    { noAck: true },
  )
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

test('[43] a cancel that races the end has one outcome, the same for everyone who asks', async () => {
  const ends: { id: string; reply: string; state: RunState }[] = []
  let next = 0
  const race = async () => {
    for (let i = next++; i < RUNS; i = next++) {
      const asked = ann.send({ kind: 'run', model: 'still', resources: { cpus: 0.5 } })
      const id = String((await asked.answer('run.accepted')).body['id'])
      const ended = asked.answer('run.succeeded', 'run.failed', 'run.cancelled')
      // at every stage of its life: a cancel right away, one when it is fed, one when it is about to end
      for (let wait = i % 8 === 7 ? 30 : i % 8; wait > 0; wait -= 1) await api('GET', `/v1/runs/${id}`)
      const { body } = await ann.send({ kind: 'cancel', id }).answer('cancel.accepted')
      const end = await ended
      const state: RunState = (await api('GET', `/v1/runs/${id}`)).body.state
      // what a cancel answered stays true
      const answered = RunState.parse(body['state'])
      if (isTerminal(answered)) expect(answered).toBe(state)
      ends.push({ id, reply: end.type, state })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, race))
  await until('all ends were told', () => told.size === RUNS)
  const states = ends.map(({ id, reply, state }) => {
    expect([id, reply, told.get(id)]).toEqual([id, `run.${state}`, [state]])
    return state
  })
  const count = (state: RunState) => states.filter((each) => each === state).length
  // else nothing has raced
  expect(count('cancelled')).toBeGreaterThan(0)
  expect(count('succeeded')).toBeGreaterThan(0)
  expect(count('cancelled') + count('succeeded')).toBe(RUNS)
})
