import { workerUser } from '@carya/contracts'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAmqpClient } from '../../support/amqp-client.ts'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let ann: Submitter
let worker: SimulatedWorker

const model = {
  name: 'still',
  version: '1',
  image: 'still:1',
  parameters: {
    k: { type: 'number', default: 1, range: [0, 2], unit: 'd-1' },
    n: { type: 'integer', default: 1 },
  },
}
const right = { kind: 'run', model: 'still' }
type Fault = { path: string; value?: unknown; detail: string }
const faultsOf = (answer: { body: object }): Fault[] => Reflect.get(answer.body, 'errors')

beforeAll(async () => {
  installation = stack.use(await install())
  const { api } = await installation.dispatcher()
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim'))
  const headers = { authorization: `Bearer ${installation.token}`, 'content-type': 'application/json' }
  const register = () => fetch(`${api}/v1/models`, { method: 'PUT', headers, body: JSON.stringify(model) })
  await until('the model is registered', async () => (await register()).status === 201)
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

type Wrong = [
  name: string,
  request: unknown,
  properties: Record<string, unknown>,
  faults: [path: string, detail: RegExp][],
]
const wrong: Wrong[] = [
  [
    'a model nobody registered',
    { kind: 'run', model: 'stil' },
    {},
    [['model', /no such model: did you mean still/]],
  ],
  [
    'a version nobody registered',
    { kind: 'run', model: 'still@9' },
    {},
    [['model', /registered are still@1/]],
  ],
  [
    'faults of form and against the manifest, all at once',
    {
      ...right,
      timeout: 'soon',
      priority: 'high',
      prams: {},
      labels: { 'a b': 'x' },
      params: { k: 9, n: [1] },
    },
    {},
    [
      ['timeout', /a duration/],
      ['priority', /a whole number from -5 to 5/],
      ['prams', /no such field/],
      ['labels.a b', /a label name/],
      ['params.k', /from 0 to 2 d-1/],
      ['params.n', /a finite number/],
    ],
  ],
  [
    'parameters out of range, of a wrong type and unknown',
    { ...right, params: { k: 3, n: 1.5, kk: 1 } },
    {},
    [
      ['params.kk', /did you mean k\?/],
      ['params.k', /from 0 to 2 d-1/],
      ['params.n', /a whole number/],
    ],
  ],
  ['an unknown kind', { kind: 'walk', model: 'still' }, {}, [['kind', /run, ensemble or cancel/]]],
  ['no kind at all', {}, {}, [['kind', /run, ensemble or cancel/]]],
  ['no object', [1, 2], {}, [['', /a map of fields, not a list/]]],
  ['malformed JSON', Buffer.from('{"kind":"run",'), {}, [['body', /JSON/]]],
  ['nothing', Buffer.alloc(0), {}, [['body', /JSON/]]],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), {}, [['body', /UTF-8/]]],
  [
    'a compressed body',
    gzipSync('{}'),
    { contentEncoding: 'gzip' },
    [['content_encoding', /UTF-8, not compressed/]],
  ],
  [
    'another content type',
    right,
    { contentType: 'application/xml' },
    [['content_type', /application\/json/]],
  ],
  ['10 MB', Buffer.alloc(10_000_000, 0x20), {}, [['body', /at most 1048576 bytes.*by URL/]]],
  [
    'a number that JSON has not',
    Buffer.from('{"kind":"run","model":"still","params":{"k":1e999}}'),
    {},
    [['params.k', /number/]],
  ],
]

describe('a bad request', () => {
  test.each(wrong)('with %s is told every fault', async (_name, request, properties, expected) => {
    const answer = await ann.send(request, properties).answer()
    expect(answer.type).toBe('run.rejected')
    expect(answer.body).toMatchObject({ status: 400, type: 'urn:carya:problem:bad-request' })
    const faults = faultsOf(answer)
    expect(faults.map((fault) => fault.path).toSorted()).toEqual(expected.map(([path]) => path).toSorted())
    for (const [path, detail] of expected)
      expect(faults.find((fault) => fault.path === path)?.detail).toMatch(detail)
  })

  test('is kept with the reason and who sent it, as it came', async () => {
    const body = { ...right, model: 'kept-for-the-operator' }
    await ann.send(body, { expiration: '60000' }).answer('run.rejected')
    await using client = await openAmqpClient(installation.adminUrl)
    const kept = []
    for (;;) {
      const message = await client.channel.get('carya.rejected', { noAck: true })
      if (!message) break
      kept.push(message)
    }
    // every one of the table above is there, the 10 MB too
    expect(kept).toHaveLength(wrong.length + 1)
    const ours = kept.find((message) => message.content.equals(Buffer.from(JSON.stringify(body))))
    // it was to expire as a request; as a rejected one it stays
    expect(ours?.properties.expiration).toBeUndefined()
    expect(ours?.properties.headers).toMatchObject({
      'carya-submitter': 'ann',
      'carya-reason': expect.stringContaining('no such model'),
    })
  })

  test('[4] that asks for its answer in a queue of ours is kept and not answered there', async () => {
    const before = worker.jobs.length
    ann.send(right, { replyTo: 'carya.reports' })
    ann.send(right, { replyTo: 'reply.somebody-else.x' })
    // messages of one channel are taken in order, so the good one behind them shows that they were dealt with
    const good = await ann.send(right).answer('run.accepted')
    await worker.job((job) => job.run === good.body['id'])
    expect(worker.jobs.length).toBe(before + 1)
  })

  test('in the name of another user is refused by the broker itself', async () => {
    await using client = await openAmqpClient(installation.amqpUrl('ann'))
    const { channel } = client
    const closed = new Promise<Error>((resolve) => channel.on('error', resolve))
    channel.publish('carya.requests', '', Buffer.from(JSON.stringify(right)), { userId: 'bob' })
    expect((await closed).message).toMatch(/user_id.*bob/)
  })

  test('does not keep the next good one from its result', async () => {
    const asked = ann.send(right)
    const id = (await asked.answer('run.accepted')).body['id']
    const job = await worker.job((each) => each.run === id)
    worker.report('claimed', job)
    worker.report('finished', job, finishedBody())
    await asked.answer('run.succeeded')
  })
})

describe("a submitter's rights", () => {
  test.each([
    ['publish into the queue of reports', 'carya.reports', ''],
    ['publish jobs', 'carya.jobs', 'carya.jobs.default'],
    ['write through the default exchange', '', 'carya.reports'],
    ['order workers about', 'carya.control', 'sim'],
  ])('do not let him %s', async (_name, exchange, key) => {
    await using client = await openAmqpClient(installation.amqpUrl('ann'))
    const { channel } = client
    const closed = new Promise<Error>((resolve) => channel.on('error', resolve))
    channel.publish(exchange, key, Buffer.from('{}'))
    expect((await closed).message).toMatch(/403|access/i)
  })
})
