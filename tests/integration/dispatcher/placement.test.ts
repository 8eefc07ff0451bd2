import { workerUser, type Job, type RunView, type Why } from '@carya/contracts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
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
let address: string
let call: CallApi

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  installation = stack.use(await install())
  ;({ api: address } = await installation.dispatcher({ CARYA_SWEEP: '1s' }))
  call = apiOf(address, installation.token)
})
afterEach(() => stack.disposeAsync())

/** A worker that beats, so that it is live until it is disposed of. */
async function worker(name: string, options: SimulatedOptions = {}): Promise<SimulatedWorker> {
  await installation.permitWorker(name)
  const simulated = stack.use(
    await simulateWorker(installation.amqpUrl(workerUser(name)), name, { beatMs: 300, ...options }),
  )
  await until(`${name} is live`, async () => (await stateOf(name)) === 'live')
  return simulated
}

async function stateOf(name: string): Promise<unknown> {
  const { body } = await call('GET', '/v1/workers')
  return body.items.find((each) => each['name'] === name)?.['state']
}

async function register(): Promise<void> {
  const { status, text } = await call('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  expect([status, text]).toEqual([201, expect.anything()])
}

async function submit(cpus: number, more: object = {}): Promise<string> {
  const resources = { cpus, memory: '64MiB' }
  const { status, body } = await call('POST', '/v1/runs', { kind: 'run', model: 'still', resources, ...more })
  expect(status).toBe(201)
  return body.id
}

const view = async (id: string): Promise<RunView> => (await call('GET', `/v1/runs/${id}`)).body
const why = async (id: string): Promise<Why['reasons']> => {
  const answer: Why = JSON.parse((await call('GET', `/v1/runs/${id}/why`)).text)
  return answer.reasons
}
const states = async (ids: string[]) => Promise.all(ids.map(async (id) => (await view(id)).state))

/** Who was offered the run, and the job. */
function offered(id: string, ...workers: SimulatedWorker[]): Promise<{ by: SimulatedWorker; job: Job }> {
  return Promise.race(workers.map(async (by) => ({ by, job: await by.job((job) => job.run === id) })))
}

async function start(id: string, ...workers: SimulatedWorker[]): Promise<{ by: SimulatedWorker; job: Job }> {
  const found = await offered(id, ...workers)
  found.by.report('claimed', found.job)
  await found.by.order((order) => order.do === 'granted' && order.run === id)
  return found
}

const failure = { kind: 'engine_error' as const, detail: 'the engine refused' }
const failed = () => finishedBody({ outcome: 'failed', exitCode: null, failure })

describe('a pool that is fed by fit', () => {
  test('[11] a run that fits no worker is never sent, holds up nobody, and is told why', async () => {
    const sim = await worker('w1', { cpus: 4, memory: 8 * 2 ** 30 })
    await register()
    const huge = await submit(1, { resources: { cpus: 1, memory: '64GiB' } })
    const small: string[] = []
    for (let i = 0; i < 3; i += 1) {
      const id = await submit(1)
      const { job } = await start(id, sim)
      sim.report('finished', job, finishedBody())
      small.push(id)
    }
    await until('the small ones end', async () =>
      (await states(small)).every((state) => state === 'succeeded'),
    )
    const record: { version: number; lastAttempt: number } = JSON.parse(
      (await installation.redis.hget(`carya:run:${huge}`, 'record'))!,
    )
    expect(record).toMatchObject({ version: 1, lastAttempt: 0 })
    expect(sim.jobs.some((job) => job.run === huge)).toBe(false)
    expect(await why(huge)).toMatchObject([{ class: 'never', kind: 'too-large' }])
    const env = { CARYA_TOKEN: installation.token }
    const { code, out } = await carya(address, ['why', huge.slice(-8)], env)
    expect([code, out]).toEqual([0, expect.stringMatching(/^never\ttoo-large\t.*64 GiB.*8 GiB/)])
  })

  test('disk counts as CPUs and memory do, where a worker rations it', async () => {
    const GIB = 2 ** 30
    const [little, much] = [await worker('w1', { disk: GIB }), await worker('w2', { disk: 10 * GIB })]
    await register()
    const asks = (disk: string) => submit(1, { resources: { cpus: 1, memory: '64MiB', disk } })
    const first = await start(await asks('6GiB'), little, much)
    expect(first.by).toBe(much)
    expect(first.job).toMatchObject({ needs: ['disk'], resources: { disk: 6 * GIB } })
    const waits = await asks('6GiB')
    const never = await asks('20GiB')
    expect((await start(await submit(1), little, much)).by).toBe(little)
    await until('one is kept for it', async () => (await why(waits))[0]?.kind === 'reserved')
    const [reserved] = await why(waits)
    expect(reserved?.detail).toContain(
      'asks 1 CPU, 64 MiB and 6 GiB of disk, 3 CPUs, 3.94 GiB and 4 GiB of disk are free',
    )
    expect(await why(never)).toMatchObject([{ class: 'never', kind: 'too-large' }])
    much.report('finished', first.job, finishedBody())
    expect((await start(waits, little, much)).by).toBe(much)
  })

  test('what a model asks beyond its isolation goes where it is allowed, and nowhere before', async () => {
    const [plain, allowing] = [await worker('w1'), await worker('w2')]
    const isolation = { network: 'outbound', writable: ['/var/x'] }
    const { status } = await call('PUT', '/v1/models', {
      name: 'still',
      version: '1',
      image: 'still:1',
      isolation,
    })
    expect(status).toBe(201)
    const id = await submit(1)
    const reasons = await until('it is told why', async () => {
      const told = await why(id)
      return told[0]?.kind === 'not-allowed' && told
    })
    expect(reasons[0]).toMatchObject({ class: 'act', hint: expect.stringContaining('docs/security.md') })
    expect(reasons[0]?.detail).toContain('network: outbound; writable: /var/x')
    allowing.say({ policy: { models: { 'still@*': { network: 'outbound', writable: true, later: 1 } } } })
    const { job, by } = await start(id, plain, allowing)
    expect(by).toBe(allowing)
    expect(job).toMatchObject({ setup: { isolation }, needs: ['setup', 'isolation'] })
    expect(plain.jobs).toEqual([])
  })

  test('of an ensemble that no worker can have, each member says so', async () => {
    const only = await worker('w1')
    const parameters = { k: { type: 'number', default: 1 } }
    const manifest = { name: 'still', image: 'still:1', parameters }
    const isolation = { network: 'outbound' }
    await call('PUT', '/v1/models', { ...manifest, version: '1' })
    await call('PUT', '/v1/models', { ...manifest, version: '2', isolation })
    const design = { kind: 'grid', vary: { k: { values: [1, 2] } } }
    const ensemble = async (more: object) => {
      const { status, body } = await call('POST', '/v1/ensembles', { kind: 'ensemble', design, ...more })
      expect(status).toBe(201)
      return body.id
    }
    const large = await ensemble({ model: 'still@1', resources: { memory: '64GiB' } })
    const refused = await ensemble({ model: 'still@2' })
    expect(await why(`${large}-1`)).toMatchObject([
      { class: 'never', kind: 'too-large' },
      { kind: 'not-fed' },
    ])
    const reasons = await why(`${refused}-1`)
    expect(reasons).toMatchObject([
      { class: 'act', kind: 'not-allowed' },
      { class: 'wait', kind: 'not-fed' },
    ])
    expect(reasons[0]?.detail).toContain('network: outbound (asked by still@2): w1')
    expect(only.jobs).toEqual([])
  })

  test('a large run is kept a worker, which empties for it while the others go on', async () => {
    const [a, b] = [await worker('w1', { cpus: 4 }), await worker('w2', { cpus: 4 })]
    await register()
    const first = await start(await submit(3), a, b)
    const other = first.by === a ? b : a
    // only the other has room for it, so it is meant for that one
    const second = await start(await submit(3), other)
    expect((await view(second.job.run)).attempts[0]?.placed).toBe(other === a ? 'w1' : 'w2')
    const large = await submit(4)
    const reserved = await until('a worker is kept for it', async () =>
      (await why(large)).find((each) => each.kind === 'reserved'),
    )
    const kept = reserved.detail.startsWith('w1') ? a : b
    const free = kept === a ? b : a
    const small = [await submit(1), await submit(1)]
    const { job } = await start(small[0]!, free)
    expect(kept.jobs.some((each) => each.run === job.run)).toBe(false)
    expect(await states([large, small[1]!])).toEqual(['pending', 'pending'])
    const busy = [first, second].find((each) => each.by === kept)!
    kept.report('finished', busy.job, finishedBody())
    const begun = await start(large, a, b)
    // both are full now, so the small one may wait in the buffer; it did not go before
    const { job: next } = await offered(small[1]!, a, b)
    expect(next.queuedAt >= begun.job.queuedAt).toBe(true)
  })
})

describe('a placed run', () => {
  test('[38] goes to another host after a host’s fault', async () => {
    const [a, b] = [await worker('w1'), await worker('w2')]
    await register()
    const id = await submit(1)
    const first = await start(id, a, b)
    first.by.report('finished', first.job, failed())
    const other = first.by === a ? b : a
    const again = await other.job((job) => job.run === id && job.attempt === 2)
    expect((await view(id)).attempts[1]?.placed).toBe(other === a ? 'w1' : 'w2')
    other.report('claimed', again)
    other.report('finished', again, finishedBody())
    await until('it ends well', async () => (await view(id)).state === 'succeeded')
  })

  test('comes back when its worker dies before it takes the job, and the stale job is refused', async () => {
    const [a, b] = [await worker('w1'), await worker('w2')]
    await register()
    const id = await submit(1)
    const first = await start(id, a, b)
    const [dying, name] = first.by === a ? [b, 'w2'] : [a, 'w1']
    // its job is to lie in the queue of one that is gone
    await dying[Symbol.asyncDispose]()
    first.by.report('finished', first.job, failed())
    await until('it is placed on the other', async () => (await view(id)).attempts[1]?.placed === name)
    const again = await first.by.job((job) => job.run === id && job.attempt > 2)
    first.by.report('claimed', again)
    await first.by.order((order) => order.do === 'granted' && order.run === id && order.attempt > 2)
    const back = stack.use(
      await simulateWorker(installation.amqpUrl(workerUser(name)), name, { beatMs: 300 }),
    )
    const stale = await back.job((job) => job.run === id)
    expect(stale.attempt).toBe(2)
    back.report('claimed', stale)
    await back.order((order) => order.do === 'refused' && order.run === id)
    first.by.report('finished', again, finishedBody())
    await until('it ends well', async () => (await view(id)).state === 'succeeded')
    expect((await view(id)).attempts.map((each) => each.worker)).not.toContain(name)
  })
})

describe('a worker that says it is unwell', () => {
  test('is shown with its reason, gets nothing, and is fed again when it is well', async () => {
    const sim = await worker('w1')
    await register()
    sim.say({ unwell: 'three models in a row did not start' })
    await until('it is unwell', async () => (await stateOf('w1')) === 'unwell')
    const env = { CARYA_TOKEN: installation.token }
    const { out, err } = await carya(address, ['worker', 'ls'], env)
    expect([out, err]).toEqual([
      expect.stringContaining('unwell'),
      expect.stringContaining('three models in a row'),
    ])
    const id = await submit(1)
    expect(await why(id)).toMatchObject([
      { class: 'act', kind: 'unwell', detail: expect.stringContaining('three models in a row') },
    ])
    expect(sim.jobs).toEqual([])
    sim.say({})
    await start(id, sim)
  })
})

test('why says what is missing before there is any worker, and what runs where all are full', async () => {
  const sim = await worker('w1', { cpus: 1 })
  await register()
  const elsewhere = await submit(1, { pool: 'gpu' })
  expect(await why(elsewhere)).toMatchObject([
    { class: 'act', kind: 'no-worker', detail: expect.stringContaining('default') },
  ])
  const { job } = await start(await submit(1), sim)
  await offered(await submit(1), sim)
  const waiting = await submit(1)
  const reasons = await why(waiting)
  expect(reasons.map((each) => each.class)).not.toContain('never')
  expect(JSON.stringify(reasons)).toContain(job.run)
  expect(await why(job.run)).toMatchObject([{ class: 'wait', kind: 'running' }])
  expect((await call('GET', `/v1/runs/r01k00000000000000000000000/why`)).status).toBe(404)
})
