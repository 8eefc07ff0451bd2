/** What one worker's password is not enough for: to end the service, or to take the leases of other workers. */
import { exchanges, workerUser } from '@carya/contracts'
import { connect } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keys } from '../../../services/dispatcher/src/redis/keys.ts'
import { apiOf, type CallApi } from '../../support/api.ts'
import type { Service } from '../../support/service.ts'
import { simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let service: Service
let call: CallApi
let good: SimulatedWorker
let bad: SimulatedWorker
let ann: Submitter

beforeAll(async () => {
  installation = stack.use(await install())
  const started = await installation.dispatcher()
  service = started.service
  call = apiOf(started.api, installation.token)
  const open = async (name: string, takes: boolean) => {
    await installation.permitWorker(name)
    const options = { auto: takes, takes, beatMs: 1000 }
    return stack.use(await simulateWorker(installation.amqpUrl(workerUser(name)), name, options))
  }
  good = await open('good', true)
  bad = await open('bad', false)
  await until('both are known', async () => (await call('GET', '/v1/workers')).body.items.length === 2)
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

const register = async () => {
  const { status } = await call('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  expect([200, 201]).toContain(status)
}

test('an answer to a request that is called `error` is nobody’s', async () => {
  const connection = await connect(installation.amqpUrl(workerUser('bad')))
  const channel = await connection.createConfirmChannel()
  const report = { v: 1, kind: 'resolved', worker: 'bad', at: new Date().toISOString(), request: 'error' }
  channel.publish(exchanges.reports, '', Buffer.from(JSON.stringify(report)), { userId: workerUser('bad') })
  await channel.waitForConfirms()
  await until('it was taken', () => installation.redis.exists(keys.resolved('error')))
  await connection.close()
  await register()
  expect(service.process.exitCode).toBeNull()
})

test.each([Number.MAX_SAFE_INTEGER, 2 ** 52, 2 ** 40])(
  'a heartbeat that has seen %d commits is not believed: nothing recovers, and other workers go on',
  async (seq) => {
    await register()
    const beaten = good.orders.length
    bad.say({ seq })
    // by the contract, or by what can be
    await service.line((line) => line['seq'] === seq || line.msg === 'a heartbeat that cannot be read')
    const { body } = await ann.send({ kind: 'run', model: 'still' }).answer('run.succeeded')
    await good.order((order) => order.do === 'settled' && order.run === body['id'])
    expect(good.orders.length).toBeGreaterThan(beaten)
    expect((await call('GET', '/v1/service')).text).not.toContain('"recovery"')
    expect(Number(await installation.redis.get(keys.seq))).toBeLessThan(100_000)
  },
)
