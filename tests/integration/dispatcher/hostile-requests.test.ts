/** Messages made to harm: each is answered or kept with the reason, and acked, and the others go on. */
import { queues, workerUser } from '@carya/contracts'
import { connect, type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { keys } from '../../../services/dispatcher/src/redis/keys.ts'
import { nestedTable, publishRaw, type RawProperties } from '../../support/raw-message.ts'
import type { Service } from '../../support/service.ts'
import { simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let ann: Submitter
let dispatcher: Service
let worker: SimulatedWorker
/** ann's, without confirms */
let model: ChannelModel
let channel: Channel
let admin: Channel

beforeAll(async () => {
  installation = stack.use(await install())
  const { api, service } = await installation.dispatcher()
  dispatcher = service
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { auto: true }))
  const headers = { authorization: `Bearer ${installation.token}`, 'content-type': 'application/json' }
  const parameters = { k: { type: 'number', default: 1 } }
  const body = JSON.stringify({ name: 'still', version: '1', image: 'still:1', parameters })
  await vi.waitFor(async () => {
    const { status } = await fetch(`${api}/v1/models`, { method: 'PUT', headers, body })
    expect(status).toBe(201)
  }, 20_000)
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
  model = await connect(installation.amqpUrl('ann'))
  channel = await model.createChannel()
  const administrator = await connect(installation.adminUrl)
  admin = await administrator.createChannel()
  stack.defer(async () => {
    await model.close()
    await administrator.close()
  })
})
afterAll(() => stack.disposeAsync())

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
const raw = (body: unknown, properties: RawProperties) =>
  publishRaw(model, channel, 'carya.requests', Buffer.from(JSON.stringify(body)), properties)
/** The next of the rejected, as it was kept. */
const kept = () => until('a message is kept', () => admin.get(queues.rejected, { noAck: true }))
/** So many in hand at once end the intake, if they are kept there. */
const MANY = 130
/** More than may be in hand are taken after what was sent. */
async function goesOn(): Promise<void> {
  const good = Array.from({ length: 200 }, () => ann.send({ kind: 'run', model: 'still', pool: 'nobody' }))
  await Promise.all(good.map((each) => each.answer('run.accepted')))
}

type Hostile = [name: string, body: string, path: RegExp | string, detail: RegExp]
const hostile: Hostile[] = [
  ['a body nested 5,000 levels deep', nested(5000), 'body', /at most 32 levels/],
  [
    'parameters nested 5,000 levels deep',
    `{"kind":"run","model":"still","params":{"k":${nested(5000)}}}`,
    'body',
    /at most 32 levels/,
  ],
  ['a kind nested 5,000 levels deep', `{"kind":${nested(5000)}}`, 'body', /at most 32 levels/],
  ['a kind of a megabyte', `{"kind":"${'x'.repeat(1_000_000)}"}`, 'kind', /run, ensemble or cancel/],
  [
    'a deadline that no calendar has',
    '{"kind":"run","model":"still","deadline":"999999999d"}',
    'deadline',
    /at most 3650d/,
  ],
  [
    'half a character in a label',
    '{"kind":"run","model":"still","labels":{"site":"\\ud800"}}',
    'labels.site',
    /surrogate/,
  ],
  ['half a character in its key', '{"kind":"run","model":"still","key":"\\udc00"}', 'key', /surrogate/],
  [
    '80,000 parameters',
    JSON.stringify({
      kind: 'run',
      model: 'still',
      params: Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, 1])),
    }),
    'params',
    /at most 4096/,
  ],
]

describe('requests', () => {
  test.each(hostile)('with %s are rejected, kept, and hold up nobody', async (_name, body, path, detail) => {
    const count = body.length < 100_000 ? MANY : 4
    const sent = Array.from({ length: count }, () => ann.send(Buffer.from(body)))
    for (const each of await Promise.all(sent.map((one) => one.answer('run.rejected')))) {
      const errors: unknown = each.body['errors']
      expect(errors).toEqual([expect.objectContaining({ path, detail: expect.stringMatching(detail) })])
    }
    expect((await kept()).properties.headers).toMatchObject({
      'carya-submitter': 'ann',
      'carya-reason': expect.stringMatching(detail),
    })
    await goesOn()
    await admin.purgeQueue(queues.rejected)
  })
})

describe('properties that cannot be sent again', () => {
  const wrong = { kind: 'run', model: 'nobody-registered-this' }

  test('of a bad request are left out where it is kept', async () => {
    for (let i = 0; i < MANY; i += 1) raw(wrong, { timestamp: 2n ** 64n - 1n, userId: Buffer.from('ann') })
    await goesOn()
    const { content, properties } = await kept()
    expect(JSON.parse(content.toString())).toEqual(wrong)
    expect(properties.timestamp).toBeUndefined()
    expect(properties.headers).toMatchObject({
      'carya-submitter': 'ann',
      'carya-reason': expect.stringContaining('no such model'),
    })
    await admin.purgeQueue(queues.rejected)
  })

  test.each(['correlationId', 'messageId'] as const)('%s: bytes that are no text are told', async (name) => {
    const word = name === 'correlationId' ? 'correlation_id' : 'message_id'
    const answer = Promise.withResolvers<ConsumeMessage | null>()
    await channel.consume('amq.rabbitmq.reply-to', answer.resolve, { noAck: true, consumerTag: name })
    const replyTo = Buffer.from('amq.rabbitmq.reply-to')
    raw({ kind: 'run', model: 'still' }, { [name]: Buffer.alloc(255, 0xff), replyTo })
    const told = await answer.promise
    expect(told?.properties.type).toBe('run.rejected')
    expect(JSON.parse(String(told?.content))).toMatchObject({
      errors: [{ path: word, detail: expect.stringContaining('UTF-8') }],
    })
    await channel.cancel(name)
    expect((await kept()).properties.headers?.['carya-reason']).toContain(word)
    await goesOn()
  })

  test('headers nested 4,000 levels deep hold up nobody', async () => {
    const count = 3
    for (let i = 0; i < count; i += 1) raw(wrong, { headers: nestedTable(4000) })
    await until('all are kept', async () => (await admin.checkQueue(queues.rejected)).messageCount === count)
    expect((await kept()).properties.headers?.['carya-reason']).toContain('no such model')
    await admin.purgeQueue(queues.rejected)
    await goesOn()
    expect(dispatcher.lines.filter((line) => line.msg?.includes('no connection'))).toEqual([])
  })

  test('of a report that cannot be read are left out where it is kept', async () => {
    const theirs = await connect(installation.amqpUrl(workerUser('sim')))
    const body = Buffer.from('poison')
    publishRaw(theirs, await theirs.createChannel(), 'carya.reports', body, { timestamp: 2n ** 64n - 1n })
    const { content, properties } = await kept()
    expect(content.toString()).toBe('poison')
    expect(properties.headers?.['carya-reason']).toContain('nobody can read')
    await theirs.close()
    await goesOn()
  })
})

describe('what brings out a fault of ours each time it is handled', () => {
  test('is given up and kept; of a request the submitter is told', async () => {
    await installation.redis.set(keys.key('ann', 'key', 'broken'), 'no such thing was ever written here')
    const broken = { kind: 'run', model: 'still', key: 'broken' }
    const sent = Array.from({ length: MANY }, () => ann.send(broken))
    for (const { body } of await Promise.all(sent.map((each) => each.answer('run.rejected'))))
      expect(body).toMatchObject({ status: 500, type: 'urn:carya:problem:internal' })
    const { content, properties } = await kept()
    expect(JSON.parse(content.toString())).toEqual(broken)
    expect(properties.headers?.['carya-reason']).toMatch(/^could not be handled: ReplyError: WRONGTYPE/)
    await admin.purgeQueue(queues.rejected)
    await goesOn()
  })

  test('is given up and kept as a report too, and the reports of others are taken', async () => {
    const run = 'r01k00000000000000000000000'
    await installation.redis.set(keys.run(run), 'no record')
    const started = { container: 'c', startedAt: new Date().toISOString() }
    for (let i = 0; i < 260; i += 1)
      worker.report('started', { run, attempt: 1, nonce: '0123456789abcdef' }, started)
    await until('all are kept', async () => (await admin.checkQueue(queues.rejected)).messageCount === 260)
    expect((await kept()).properties.headers).toMatchObject({
      'carya-submitter': workerUser('sim'),
      'carya-reason': expect.stringContaining('WRONGTYPE'),
    })
    await ann.send({ kind: 'run', model: 'still' }).answer('run.succeeded')
  })
})

test('nothing of all that is still in hand', async () => {
  await dispatcher.stop()
  const left = await until('its connection is gone', async () => {
    const found = await Promise.all([queues.requests, queues.reports].map((name) => admin.checkQueue(name)))
    return found.every(({ consumerCount }) => consumerCount === 0) && found
  })
  expect(left.map(({ messageCount }) => messageCount)).toEqual([0, 0])
})
