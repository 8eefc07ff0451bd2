/** Redis emptied, or put back to an older time: what the hosts hold and the store knows is the truth (H3, H4). */
import {
  attemptName,
  workerUser,
  type Job,
  type Order,
  type RunView,
  type ServiceView,
} from '@carya/contracts'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { installOn } from '../../support/installation.ts'
import { ownRedis, type OwnRedis } from '../../support/own-servers.ts'
import type { Service } from '../../support/service.ts'
import { finishedBody, simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import type { Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'
import { inject } from 'vitest'

const stack = new AsyncDisposableStack()
let redis: OwnRedis
let installation: Installation
let service: Service
let call: CallApi
let worker: SimulatedWorker
let ann: Submitter
const held = new Map<string, { job: Job; phase: string }>()
const settings = { CARYA_SWEEP: '500ms', CARYA_RECOVERY: '2s' }
const model = { name: 'still', version: '1', image: 'still:1' }

beforeAll(async () => {
  redis = stack.use(await ownRedis())
  installation = stack.use(
    await installOn({
      amqpUrl: inject('amqpUrl'),
      managementUrl: inject('amqpManagementUrl'),
      redisUrl: redis.redisUrl,
    }),
  )
  await start()
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim'))
  // a host that holds what `held` says, and tells of it when it is asked
  const obeyed = new Set<Order>()
  const timer = setInterval(() => {
    worker.beat([...held.values()].map(({ job, phase }) => ({ ...tokenOf(job), phase })))
    for (const order of worker.orders) {
      if (obeyed.has(order) || order.do !== 'keep' || order.tell !== true) continue
      obeyed.add(order)
      const mine = held.get(order.run)
      if (mine?.job.nonce === order.nonce) worker.report('held', order, { phase: mine.phase, job: mine.job })
    }
  }, 250)
  stack.defer(() => clearInterval(timer))
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  await register()
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

const tokenOf = ({ run, attempt, nonce }: Job) => ({ run, attempt, nonce })
const register = async () => expect([200, 201]).toContain((await call('PUT', '/v1/models', model)).status)
async function start(): Promise<void> {
  const started = await installation.dispatcher(settings)
  service = started.service
  call = apiOf(started.api, installation.token)
}
const taken = async (id: string): Promise<Job> => {
  const job = await worker.job((each) => each.run === id)
  held.set(id, { job, phase: 'claimed' })
  worker.report('claimed', job)
  await worker.order((order) => order.do === 'granted' && order.run === id)
  held.set(id, { job, phase: 'running' })
  worker.report('started', job, { container: 'c', startedAt: new Date().toISOString() })
  return job
}
const submitted = async (more: object = {}) => {
  const asked = ann.send({ kind: 'run', model: 'still', ...more })
  return { asked, id: String((await asked.answer('run.accepted')).body['id']) }
}
/** It is listed until it is settled: by a beat that lacks it before its report is read it would be lost. */
const ended = async (job: Job) => {
  held.set(job.run, { job, phase: 'finished' })
  worker.report('finished', job, finishedBody())
  await worker.order((order) => order.do === 'settled' && order.run === job.run && order.nonce === job.nonce)
  held.delete(job.run)
}
const shown = async (id: string): Promise<RunView> => (await call('GET', `/v1/runs/${id}`)).body
/** Its end is written beside the answers to who asked, and may come after them. */
const inStore = (id: string) =>
  until('the store has its end', () => existsSync(join(installation.store, 'runs', id, 'run.json')))
const described = async (): Promise<ServiceView> => JSON.parse((await call('GET', '/v1/service')).text)
const recovered = (since: string) =>
  until('it is recovered', async () => {
    const { recovery } = await described()
    return recovery !== undefined && recovery.since > since && recovery.until !== undefined && recovery
  })
const now = () => new Date().toISOString()
const stopsOf = (id: string) => worker.orders.filter((order) => order.do === 'stop' && order.run === id)
/** How many attempts of a run were offered: one whose job comes twice is one. */
const attemptsOf = (id: string) =>
  new Set(worker.jobs.filter((each) => each.run === id).map((each) => attemptName(each))).size

test('[34] Redis emptied under running runs stops none, and makes their records again', async () => {
  const { asked, id } = await submitted({ key: 'k34' })
  const job = await taken(id)
  const before = now()
  await installation.redis.flushall()
  await until('the run is known again', async () => (await call('GET', `/v1/runs/${id}`)).status === 200)
  const recovery = await recovered(before)
  expect(recovery).toMatchObject({ rebuilt: 1, ended: 0 })
  expect(recovery.lost.join()).toContain('carya model add')
  expect(await shown(id)).toMatchObject({ state: 'running', submitter: 'ann', key: 'k34' })
  expect((await call('GET', '/readyz')).status).toBe(200)
  // the key names the same run as before, and its end reaches who asked first
  const again = await ann.send({ kind: 'run', model: 'still', key: 'k34' }).answer('run.accepted')
  expect(again.body).toMatchObject({ id, duplicate: true })
  await ended(job)
  await asked.answer('run.succeeded')
  expect([stopsOf(id), attemptsOf(id)]).toEqual([[], 1])
  await register()
})

test('[34] emptied while the dispatcher is down: a claim, a model that runs and a result all count', async () => {
  const [claimed, runs, finished] = [await submitted(), await submitted(), await submitted()]
  const jobs = { runs: await taken(runs.id), finished: await taken(finished.id) }
  const waiting = await worker.job((each) => each.run === claimed.id)
  await service.stop('SIGKILL')
  await installation.redis.flushall()
  held.set(claimed.id, { job: waiting, phase: 'claimed' })
  held.set(finished.id, { job: jobs.finished, phase: 'finished' })
  worker.report('claimed', waiting)
  worker.report('finished', jobs.finished, finishedBody())
  worker.orders.length = 0
  const before = now()
  await start()
  await worker.order((order) => order.do === 'granted' && order.run === claimed.id)
  await until('the result’s record is there', async () => (await shown(finished.id)).state === 'running')
  // its worker says it again until it is settled
  await ended(jobs.finished)
  await finished.asked.answer('run.succeeded')
  await recovered(before)
  expect((await shown(runs.id)).state).toBe('running')
  await ended(waiting)
  await ended(jobs.runs)
  await Promise.all([claimed.asked.answer('run.succeeded'), runs.asked.answer('run.succeeded')])
  for (const { id } of [claimed, runs, finished]) expect([stopsOf(id), attemptsOf(id)]).toEqual([[], 1])
  await register()
})

test('[35] put back to an older time: what runs goes on, what has ended is known, and nothing runs twice', async () => {
  const [early, between] = [await submitted(), await submitted({ resources: { cpus: 3 } })]
  const first = await taken(early.id)
  const second = await taken(between.id)
  // accepted before the copy, and fed and run after it, when there is room: no worker holds it then
  const waiting = await submitted({ resources: { cpus: 3 }, key: 'k35' })
  const copy = await redis.copy()
  await ended(second)
  await between.asked.answer('run.succeeded')
  const third = await taken(waiting.id)
  await ended(third)
  await waiting.asked.answer('run.succeeded')
  const late = await submitted()
  const fourth = await taken(late.id)
  for (const { id } of [between, waiting]) await inStore(id)
  const before = now()
  await redis.kill()
  await redis.putBack(copy)
  await redis.start()
  const recovery = await recovered(before)
  expect(recovery.rebuilt).toBe(1)
  expect(recovery.ended).toBe(2)
  expect(recovery.lost[0]).toMatch(/commits, \d+ to \d+: runs accepted/)
  expect(await shown(between.id)).toMatchObject({ state: 'succeeded', metrics: { answer: 42 } })
  expect((await shown(waiting.id)).state).toBe('succeeded')
  await ended(first)
  await ended(fourth)
  await early.asked.answer('run.succeeded')
  await late.asked.answer('run.succeeded')
  for (const { id } of [early, between, waiting, late]) expect([stopsOf(id), attemptsOf(id)]).toEqual([[], 1])
})

test('[35] an attempt’s number given out twice: the nonce tells them apart, and the run ends once', async () => {
  const full = await submitted({ resources: { cpus: 4 } })
  const large = await taken(full.id)
  // waits for room
  const { asked, id } = await submitted({ resources: { cpus: 2 } })
  const copy = await redis.copy()
  await ended(large)
  await full.asked.answer('run.succeeded')
  const first = await taken(id)
  await inStore(full.id)
  // its host is cut off while Redis is put back, so the number is given out again
  const before = now()
  await redis.kill()
  held.delete(id)
  await redis.putBack(copy)
  await redis.start()
  await recovered(before)
  const second = await worker.job((each) => each.run === id && each.nonce !== first.nonce)
  expect(second.attempt).toBe(first.attempt)
  held.set(id, { job: second, phase: 'claimed' })
  worker.report('claimed', second)
  await worker.order((order) => order.do === 'granted' && order.run === id && order.nonce === second.nonce)
  worker.orders.length = 0
  worker.report('finished', first, finishedBody({ metrics: { answer: 1 } }))
  await worker.order((order) => order.do === 'settled' && 'nonce' in order && order.nonce === first.nonce)
  expect((await shown(id)).state).toBe('running')
  await ended(second)
  expect((await asked.answer('run.succeeded')).body).toMatchObject({ metrics: { answer: 42 } })
})

test('[34] two dispatchers agree: each record is made again once, and nothing is fed by either meanwhile', async () => {
  await register()
  const other = await installation.dispatcher(settings)
  const runs = [await submitted(), await submitted()]
  const jobs: Job[] = []
  for (const { id } of runs) jobs.push(await taken(id))
  const before = now()
  await installation.redis.flushall()
  const recovery = await recovered(before)
  expect(recovery.rebuilt).toBe(2)
  const theirs = apiOf(other.api, installation.token)
  expect(JSON.parse((await theirs('GET', '/v1/service')).text).recovery).toEqual(recovery)
  for (const job of jobs) await ended(job)
  for (const { asked, id } of runs) {
    await asked.answer('run.succeeded')
    expect([stopsOf(id), attemptsOf(id)]).toEqual([[], 1])
  }
  await other.service.stop()
})

test('Redis that stands still for three leases takes none away', async () => {
  await register()
  const { asked, id } = await submitted({ lease: '2s' })
  const job = await taken(id)
  await redis.pause()
  const begin = performance.now()
  await until('three leases have passed', () => performance.now() - begin > 6000)
  await redis.resume()
  worker.orders.length = 0
  await until('it is kept, through several sweeps', () => {
    return worker.orders.filter((order) => order.do === 'keep' && order.run === id).length > 8
  })
  expect(await shown(id)).toMatchObject({ state: 'running', attempts: [{}] })
  await ended(job)
  await asked.answer('run.succeeded')
  expect(attemptsOf(id)).toBe(1)
})

test('a job that is gone with its host’s folder is told, and what runs is left alone', async () => {
  const { id } = await submitted()
  const job = await taken(id)
  held.set(id, { job: { ...job, run: id }, phase: 'running' })
  const before = now()
  await installation.redis.flushall()
  held.delete(id)
  worker.report('held', job, { phase: 'running' })
  const recovery = await recovered(before)
  expect(recovery.lost.join()).toContain(`attempt 1 of run ${id} on worker sim`)
  expect((await call('GET', `/v1/runs/${id}`)).status).toBe(404)
  expect(stopsOf(id)).toEqual([])
})

test('a run that Redis no longer knows is answered from the store', async () => {
  const id = 'r01k00000000000000000000009'
  const folder = join(installation.store, 'runs', id)
  await mkdir(join(folder, attemptName({ attempt: 1, nonce: '0000000000000001' })), { recursive: true })
  await register()
  const { id: known } = await submitted()
  await ended(await taken(known))
  const view = { ...(await shown(known)), id }
  await writeFile(join(folder, 'run.json'), JSON.stringify(view))
  expect(await shown(id)).toMatchObject({ id, state: 'succeeded' })
  await writeFile(join(folder, 'run.json'), '{')
  expect((await call('GET', `/v1/runs/${id}`)).status).toBe(404)
})
