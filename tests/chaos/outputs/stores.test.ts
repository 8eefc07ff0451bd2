/** The store hangs, or is full, under models that run; and is well again. */
import { attemptFolder, workerUser } from '@carya/contracts'
import { openStore } from '@carya/store'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { direct } from '../../integration/worker/director.ts'
import { apiOf } from '../../support/api.ts'
import { watchStarts } from '../../support/engine-events.ts'
import { Proxy } from '../../support/proxy.ts'
import { simulateWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { mountLoop, needLoop } from './loop-store.ts'

beforeEach(needLoop)

/** As the dispatcher does that has its store there. */
const mark = async (path: string, { name }: Installation) => (await openStore(path)).writeSequence(name, 0)

test('[24] a store that hangs under eight models keeps no heartbeat back; when it goes on, so do they', async () => {
  await using store = await mountLoop(64 * 2 ** 20)
  await using installation = await install()
  await using director = await direct(installation)
  await mark(store.path, installation)
  await using starts = await watchStarts(installation.name)
  await installation.worker('w1', { CARYA_STORE: store.path, CARYA_WORKER_CPUS: '12' })
  const talks = 'until [ -e go ]; do echo line; echo line >> said; sleep 0.2; done'
  const jobs = []
  for (let i = 0; i < 8; i += 1)
    jobs.push(await director.offer(director.job(talks, { lease: 2, timeout: 300 })))
  for (const job of jobs) await director.report('started', job)
  await store.freeze()
  try {
    // new work meets the store that hangs, too
    jobs.push(await director.offer(director.job('echo late', { lease: 2 })))
    // a beat each half second: for three leases
    for (let beat = 0; beat < 12; beat += 1) await director.beat(({ attempts }) => attempts.length === 9)
  } finally {
    await store.thaw()
  }
  for (const job of jobs.slice(0, 8)) await writeFile(join(store.path, attemptFolder(job), 'outputs/go'), '')
  for (const job of jobs) {
    expect((await director.finished(job)).outcome).toBe('succeeded')
    expect(await starts.startsInAll(job.run)).toBe(1)
  }
})

test('[25] a full disk of outputs fails the runs concerned, with the reason; the worker goes on', async () => {
  await using store = await mountLoop(64 * 2 ** 20)
  await using installation = await install()
  await using director = await direct(installation)
  await mark(store.path, installation)
  // it goes on taking jobs, to show what becomes of them
  const settings = { CARYA_STORE: store.path, CARYA_WORKER_CPUS: '4', CARYA_LEAST_DISK: '0' }
  const worker = await installation.worker('w1', settings)
  const full = 'cat /dev/zero > zeros || { echo no more room; rm zeros; exit 9; }'
  const filled = await director.finished(await director.offer(director.job(full)))
  expect(filled).toMatchObject({ outcome: 'failed', exitCode: 9, failure: { kind: 'model_error' } })
  // it leaves the disk full: nothing more can be kept, of itself and of those that follow
  const hog = await director.finished(await director.offer(director.job('cat /dev/zero > zeros; true')))
  expect(hog.exitCode).toBe(0)
  const next = await director.finished(await director.offer(director.job('head -c 4000000 /dev/zero > y')))
  expect(next.outcome).toBe('failed')
  expect(['engine_error', 'output_error', 'model_error']).toContain(next.failure?.kind)
  await rm(join(store.path, hog.folder, 'outputs/zeros'))
  const well = await director.finished(await director.offer(director.job('echo x > x')))
  expect(well.outcome).toBe('succeeded')
  expect(worker.process.exitCode).toBeNull()
})

test('[24] a store that hangs under the records of ended runs keeps the dispatcher from nothing else', async () => {
  await using store = await mountLoop(64 * 2 ** 20)
  await using installation = await install()
  await using redis = await Proxy.to(installation.redisUrl)
  // a name, which is looked up at each connection
  const url = new URL(redis.url)
  url.hostname = 'localhost'
  const settings = { CARYA_STORE: store.path, CARYA_REDIS_URL: url.href }
  const api = apiOf((await installation.dispatcher(settings)).api, installation.token)
  await installation.permitWorker('sim')
  await using worker = await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { auto: true })
  await until('the worker is known', async () => (await api('GET', '/v1/workers')).body.items.length === 1)
  await api('PUT', '/v1/models', { name: 'still', version: '1', image: 'still:1' })
  const succeed = async () => {
    const { body } = await api('POST', '/v1/runs', { kind: 'run', model: 'still' })
    await worker.order((order) => order.do === 'settled' && order.run === body.id)
  }
  await store.freeze()
  try {
    for (let i = 0; i < 8; i += 1) await succeed()
    redis.cut()
    await until('Redis is connected again', async () => (await api('GET', '/v1/models')).status === 200)
    await succeed()
  } finally {
    await store.thaw()
  }
  await until('all records are written', async () => (await readdir(join(store.path, 'runs'))).length === 9)
})
