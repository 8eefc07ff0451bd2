/** The catalogue over HTTP: versions, which is the default, and images that one worker alone has. */
import { workerUser, type Order, type Resolved } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let call: CallApi
let first: SimulatedWorker
let second: SimulatedWorker
let resolves: (order: Order & { do: 'resolve' }, worker: string) => Partial<Resolved>

const digest = (letter: string) => `sha256:${letter.repeat(64)}`
const has = ({ image }: { image: string }, letter = '0'): Partial<Resolved> => ({
  image: { name: image, digest: digest(letter), by: 'id' },
})
const manifest = (version: string, more: object = {}) => ({
  name: 'still',
  version,
  image: 'still:1',
  ...more,
})
const put = (version: string, query = '', more = {}) =>
  call('PUT', `/v1/models${query}`, manifest(version, more))
const usual = async () => (await call('GET', '/v1/models/still')).body['version']

async function worker(name: string, takes: boolean): Promise<SimulatedWorker> {
  await installation.permitWorker(name)
  const options = {
    takes,
    beatMs: 300,
    resolves: (order: Order & { do: 'resolve' }) => resolves(order, name),
  }
  return stack.use(await simulateWorker(installation.amqpUrl(workerUser(name)), name, options))
}

beforeAll(async () => {
  installation = stack.use(await install())
  const { api } = await installation.dispatcher({ CARYA_SWEEP: '1s' })
  call = apiOf(api, installation.token)
  resolves = (order) => has(order)
  first = await worker('w1', true)
  second = await worker('w2', false)
  await until('both are live', async () => (await call('GET', '/v1/workers')).body.items.length === 2)
})
afterAll(() => stack.disposeAsync())

test('a version is registered beside the default, made it, and removed', async () => {
  expect(await put('1')).toMatchObject({ status: 201, body: { default: true } })
  expect(await put('2', '?default=no')).toMatchObject({ status: 201, body: { default: false } })
  expect(await usual()).toBe('1')
  expect(await call('POST', '/v1/models/still@2/default')).toMatchObject({
    status: 200,
    body: { version: '2', default: true },
  })
  expect(await usual()).toBe('2')
  expect(await call('DELETE', '/v1/models/still@2')).toMatchObject({
    status: 409,
    body: {
      type: 'urn:carya:problem:default-model',
      detail: expect.stringContaining('carya model default still@1'),
    },
  })
  expect(await call('DELETE', '/v1/models/still@1')).toMatchObject({ status: 200, body: { version: '1' } })
  expect((await call('GET', '/v1/models/still@1')).status).toBe(404)
})

test('what names no version, or one that is not there, is told', async () => {
  for (const [method, path] of [
    ['POST', '/v1/models/still/default'],
    ['DELETE', '/v1/models/still'],
    ['DELETE', '/v1/models/Still@1'],
  ] as const)
    expect(await call(method, path)).toMatchObject({ status: 400, body: { errors: [{ path: 'ref' }] } })
  expect(await call('DELETE', '/v1/models/stil@2')).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining('did you mean still@2?') },
  })
  expect(await put('3', '?default=maybe')).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'default' }] },
  })
})

test('runs and ensembles that are out go on when their model is removed', async () => {
  await put('6', '', { image: 'still:6', parameters: { k: { type: 'number', default: 1 } } })
  await put('7')
  const { id } = (await call('POST', '/v1/runs', { kind: 'run', model: 'still@6' })).body
  const design = { kind: 'grid', vary: { k: { values: [1, 2] } } }
  const asked = { kind: 'ensemble', model: 'still@6', design, maxParallel: 1 }
  const ensemble = await call('POST', '/v1/ensembles', asked)
  expect(ensemble.status).toBe(201)
  expect((await call('DELETE', '/v1/models/still@6')).status).toBe(200)
  const finish = async (run: string) => {
    const job = await first.job((each) => each.run === run)
    expect(job).toMatchObject({ model: 'still@6', image: { name: 'still:6' } })
    first.report('claimed', job)
    await first.order((order) => order.do === 'granted' && order.run === run)
    first.report('finished', job, finishedBody())
    await first.order((order) => order.do === 'settled' && order.run === run)
  }
  await finish(id)
  // its second member comes into being only now
  for (const index of [0, 1]) await finish(`${ensemble.body.id}-${index}`)
  await until(
    'it has ended',
    async () => (await call('GET', `/v1/ensembles/${ensemble.body.id}`)).body['state'] === 'succeeded',
  )
})

test('an image that only one of the workers has is found there; one of none, and different ones, are told', async () => {
  resolves = (order, name) => (name === 'w2' ? has(order, 'c') : { error: 'no such image here' })
  expect(await put('8', '', { image: 'built:here' })).toMatchObject({
    status: 201,
    body: { image: { digest: digest('c') } },
  })
  resolves = (order, name) => has(order, name === 'w2' ? 'c' : 'd')
  expect(await put('9')).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'image', detail: expect.stringMatching(/c{12} on w2/) }] },
  })
  resolves = () => ({ error: 'no such image here' })
  expect(await put('9')).toMatchObject({
    status: 400,
    body: {
      errors: [{ path: 'image', detail: expect.stringMatching(/no such image here; nor has any of 1/) }],
    },
  })
  resolves = (order) => has(order)
})

test('an image is looked up with the manifest in its label, afresh where that is asked', async () => {
  const seen: unknown[] = []
  resolves = (order) => {
    seen.push(order.fresh)
    return { ...has(order), manifest: 'name: still\n' }
  }
  const found = await call('POST', '/v1/images', { image: 'lab/still:2', fresh: true })
  expect(found).toMatchObject({
    status: 200,
    body: { image: { name: 'lab/still:2', digest: digest('0') }, manifest: 'name: still\n' },
  })
  // the other is only asked whether it has the same
  expect(seen.splice(0)).toEqual([true, undefined])
  await put('10', '?fresh=yes')
  expect(seen.splice(0)).toEqual([true, undefined])
  await put('10')
  expect(seen).toEqual([undefined, undefined])
  expect(await call('POST', '/v1/images', { image: 'No Image' })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'image' }] },
  })
  resolves = (order) => has(order)
})

test('a worker that is lost before it answers is waited for no longer', async () => {
  const { body } = await call('GET', '/v1/workers')
  expect(body.items).toHaveLength(2)
  // asked, it says nothing: and then it is gone
  resolves = (order, name) => (name === 'w1' ? { request: 'another' } : has(order, 'd'))
  const asked = put('11')
  await first.order((order) => order.do === 'resolve' && order.image === 'still:1')
  await first[Symbol.asyncDispose]()
  expect(await asked).toMatchObject({ status: 201, body: { image: { digest: digest('d') } } })
  void second
})
