import type { Channel, GetMessage } from 'amqplib'
import { poolQueue, workerUser, type Job, type Token } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAmqpClient } from '../../support/amqp-client.ts'
import { apiOf, type CallApi } from '../../support/api.ts'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { openTimers } from '../../../services/dispatcher/src/timers/timers.ts'

const QUEUE = poolQueue('default')
const stack = new AsyncDisposableStack()
let installation: Installation
let api: CallApi
/** has room, and takes nothing: what is fed waits in the pool's queue */
let full: SimulatedWorker
let admin: Channel

const submit = async (more: object = {}) =>
  (await api('POST', '/v1/runs', { kind: 'run', model: 'still', ...more })).body.id
const shown = async (id: string) => (await api('GET', `/v1/runs/${id}`)).body
const attemptOf = async (id: string) => (await shown(id)).attempts.at(-1)?.attempt
const mended = async (kind: string) => Number((await installation.redis.hget('carya:mended', kind)) ?? 0)
const cancel = (id: string) => api('POST', `/v1/runs/${id}/cancel`)
const queuedAs = (id: string, attempt: number) =>
  until(`attempt ${attempt} is queued`, async () => {
    const { state } = await shown(id)
    return state === 'queued' && (await attemptOf(id)) === attempt
  })

/** A job as a worker would take it from the pool's queue. */
async function take(run: string, attempt: number): Promise<{ job: Job; message: GetMessage }> {
  return until(`attempt ${attempt} of ${run} is in the queue`, async () => {
    const message = await admin.get(QUEUE)
    if (!message) return undefined
    const job: Job = JSON.parse(message.content.toString())
    if (job.run === run && job.attempt === attempt) return { job, message }
    admin.ack(message)
    return undefined
  })
}

beforeAll(async () => {
  installation = stack.use(await install())
  const settings = { CARYA_SWEEP: '1s', CARYA_RECONCILE: '1s', CARYA_QUEUED_GRACE: '500ms' }
  api = apiOf((await installation.dispatcher(settings)).api, installation.token)
  await installation.permitWorker('full')
  full = stack.use(await simulateWorker(installation.amqpUrl(workerUser('full')), 'full', { takes: false }))
  const beating = setInterval(() => full.beat([...granted.values()]), 1000)
  stack.defer(() => clearInterval(beating))
  await until('the worker is known', async () => (await api('GET', '/v1/workers')).body.items.length === 1)
  await api('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  admin = stack.use(await openAmqpClient(installation.adminUrl)).channel
})
afterAll(() => stack.disposeAsync())

/** what the worker's heartbeats list */
const granted = new Map<string, object>()

async function running(): Promise<{ id: string; of: Token }> {
  const id = await submit()
  return claimed(id, 1)
}
async function claimed(id: string, number: number): Promise<{ id: string; of: Token }> {
  const { job, message } = await take(id, number)
  admin.ack(message)
  const { run, attempt, nonce } = job
  granted.set(id, { run, attempt, nonce, phase: 'running' })
  full.report('claimed', job)
  await full.order((order) => order.do === 'granted' && order.run === id)
  return { id, of: job }
}
async function finish({ id, of }: { id: string; of: Token }): Promise<void> {
  full.report('finished', of, finishedBody())
  await until('the run has ended', async () => (await shown(id)).state === 'succeeded')
  granted.delete(id)
}

describe('a job that is nowhere', () => {
  test('[10] after a purge of its queue is fed again, and its run goes on', async () => {
    const id = await submit()
    await queuedAs(id, 1)
    await until('the job is in the queue', async () => (await admin.checkQueue(QUEUE)).messageCount === 1)
    await admin.purgeQueue(QUEUE)
    const again = await claimed(id, 2)
    expect(await mended('lost-job')).toBe(1)
    await finish(again)
    expect((await shown(id)).attempts).toHaveLength(1)
  })

  test('[10] with its whole queue, deleted under running services, is fed again into a new one', async () => {
    const id = await submit()
    const before = await mended('lost-job')
    await queuedAs(id, 1)
    await admin.deleteQueue(QUEUE)
    await until('there is a queue again', async () => {
      await using client = await openAmqpClient(installation.adminUrl)
      return await client.channel.checkQueue(QUEUE).catch(() => undefined)
    })
    await take(id, 2)
    expect(await mended('lost-job')).toBe(before + 1)
    await cancel(id)
  })

  test('[10] and one that was dead-lettered brings its run back at once', async () => {
    const id = await submit()
    const { message } = await take(id, 1)
    admin.reject(message, false)
    await queuedAs(id, 2)
    expect(await mended('dead-job')).toBe(1)
    await cancel(id)
  })

  test('is not made of one that waits', async () => {
    const id = await submit()
    await queuedAs(id, 1)
    const before = await mended('lost-job')
    // a look finds what is wrong elsewhere: then it has been there, twice
    for (let look = 0; look < 3; look += 1) {
      const strays = await mended('stray-entry')
      await installation.redis.hset('carya:pool:default:running', `r${'0'.repeat(26)}`, '{}')
      await until('a look has been', async () => (await mended('stray-entry')) > strays)
    }
    expect([await attemptOf(id), await mended('lost-job')]).toEqual([1, before])
    await cancel(id)
  })
})

describe('sets that do not follow their records', () => {
  test('a lease that the list of its worker lacks, and that could never run out, is put back', async () => {
    const one = await running()
    await installation.redis.hdel('carya:worker:full:held', one.id)
    await until('it is held again', async () => {
      const held = await installation.redis.hexists('carya:worker:full:held', one.id)
      return held === 1
    })
    expect(await mended('missing-lease')).toBe(1)
    await finish(one)
  })

  test('a run that waits in no line, or for no time, gets its place back', async () => {
    const after = new Date(Date.now() + 600_000).toISOString()
    const due = await submit({ after })
    await installation.redis.zrem('carya:due', due)
    const line = await submit({ resources: { cpus: 1000 } })
    await installation.redis.zrem('carya:pool:default:line:0:test', line)
    await until('it waits for its time', () => installation.redis.zscore('carya:due', due))
    await until('it stands in line', () => installation.redis.zscore('carya:pool:default:line:0:test', line))
    expect(await mended('misplaced-run')).toBeGreaterThanOrEqual(2)
    await Promise.all([due, line].map(cancel))
  })

  test('what a set says of a run that has ended, or that nobody knows, is taken out', async () => {
    const one = await running()
    await finish(one)
    const { redis } = installation
    const unknown = `r${'1'.repeat(26)}`
    for (const id of [one.id, unknown]) {
      await redis.hset('carya:pool:default:queued', id, '{"cpus":1,"memory":1}')
      await redis.hset('carya:worker:full:held', id, '{}')
      await redis.zadd('carya:due', 0, id)
      await redis.zadd('carya:deadlines', 0, id)
    }
    await until('all of them are gone', async () => {
      const left = await Promise.all(
        [one.id, unknown].flatMap(async (id) => [
          await redis.hexists('carya:pool:default:queued', id),
          await redis.hexists('carya:worker:full:held', id),
          await redis.zscore('carya:due', id),
          await redis.zscore('carya:deadlines', id),
        ]),
      )
      return left.flat().every((each) => each === 0 || each === null)
    })
    expect((await shown(one.id)).state).toBe('succeeded')
  })

  test('an attempt that its worker no longer lists is counted', async () => {
    const one = await running()
    granted.delete(one.id)
    await until('the run is tried again', async () => (await attemptOf(one.id)) === 2)
    expect(await mended('denied-attempt')).toBe(1)
    await cancel(one.id)
  })
})

describe('timers', () => {
  const bull = async () => {
    const found = await installation.redis.keys('carya:bull:*')
    return found.length > 0 ? installation.redis.del(...found) : 0
  }

  test('[39, 40] that are all lost are put up again, and what was due meanwhile is done', async () => {
    const id = await submit({ after: new Date(Date.now() + 1000).toISOString() })
    const [sweeps, late] = [await mended('lost-sweep'), await mended('late-timer')]
    await bull()
    await queuedAs(id, 1)
    await cancel(id)
    expect(await mended('lost-sweep')).toBeGreaterThan(sweeps)
    expect(await mended('late-timer')).toBeGreaterThanOrEqual(late)
    // and again the recurring ones run by themselves
    const heeded = Number(await installation.redis.hget('carya:heeded', 'sweep'))
    await until(
      'it goes on',
      async () => Number(await installation.redis.hget('carya:heeded', 'sweep')) > heeded,
    )
  })

  test('[40] a recurring one whose one delayed job is gone does not stop for ever', async () => {
    const { redis } = installation
    const before = await mended('lost-sweep')
    await until('the delayed jobs are gone', async () => {
      await redis.del('carya:bull:timers:delayed')
      return (await mended('lost-sweep')) > before
    })
    const heeded = Number(await redis.hget('carya:heeded', 'sweep'))
    await until('it goes on', async () => Number(await redis.hget('carya:heeded', 'sweep')) > heeded)
  })

  test('[41] one that fires early, and many times, feeds a run once and not before its time', async () => {
    const { redis } = installation
    const at = Date.now() + 1500
    const after = new Date(at).toISOString()
    const id = await submit({ after })
    await using timers = await openTimers({
      url: `redis://${redis.options.host}:${redis.options.port}/${redis.options.db}`,
      now: Date.now,
      due: async () => {},
      recurring: {},
      heeded: { now: async () => {}, last: async () => 0 },
      lost: async () => {},
      log: { debug() {}, info() {}, warn() {}, error() {} },
    })
    for (let ms = -1400; ms < 600; ms += 100) timers.wakeAt(new Date(at + ms).toISOString())
    await queuedAs(id, 1)
    const { attempts } = await shown(id)
    expect(attempts).toHaveLength(1)
    expect(attempts[0]!.queuedAt >= after).toBe(true)
    await cancel(id)
  })
})
