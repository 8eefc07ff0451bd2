/** A reply that its queue does not take now is offered again, a few times (H15). */
import { workerUser } from '@carya/contracts'
import { connect, type Channel } from 'amqplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiOf } from '../../support/api.ts'
import type { Service } from '../../support/service.ts'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
const queue = 'reply.ann.full'
let installation: Installation
let service: Service
/** the administrator's */
let channel: Channel
let ann: Channel

beforeAll(async () => {
  installation = stack.use(await install())
  const started = await installation.dispatcher()
  service = started.service
  await installation.permitWorker('sim')
  stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim'))
  const call = apiOf(started.api, installation.token)
  await until('the model is registered', async () => {
    const { status } = await call('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
    return status === 201
  })
  await installation.submitter('ann')
  const open = async (url: string) => {
    const connection = await connect(url)
    stack.defer(() => connection.close())
    return connection.createChannel()
  }
  channel = await open(installation.adminUrl)
  ann = await open(installation.amqpUrl('ann'))
  const limits = { 'x-max-length': 1, 'x-overflow': 'reject-publish' }
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'classic', ...limits } })
})
afterAll(() => stack.disposeAsync())

async function fill(text: string): Promise<void> {
  channel.sendToQueue(queue, Buffer.from(text))
  await until('it is full', async () => (await channel.checkQueue(queue)).messageCount === 1)
}
const next = () => until('a message', () => channel.get(queue, { noAck: true }))
const submit = (correlationId: string) => {
  const body = Buffer.from(JSON.stringify({ kind: 'run', model: 'still' }))
  ann.publish('carya.requests', '', body, { userId: 'ann', replyTo: queue, correlationId })
}
const refused = (tries: number) => service.line((line) => line['to'] === queue && line['tries'] === tries)

test('the answer comes when there is room again, and is given up where there is none', async () => {
  await fill('nobody reads this')
  submit('first')
  await refused(1)
  expect((await next()).content.toString()).toBe('nobody reads this')
  expect((await next()).properties).toMatchObject({ type: 'run.accepted', correlationId: 'first' })

  await fill('nor this')
  submit('second')
  expect((await refused(5)).msg).toContain('dropped')
  expect(service.lines.filter((line) => line['to'] === queue && line.msg?.includes('dropped'))).toHaveLength(
    1,
  )
})
