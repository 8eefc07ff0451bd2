/** Redis emptied under an ensemble: it goes on from what the store has, and its results are whole. */
import { workerUser, type EnsembleView, type ServiceView } from '@carya/contracts'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { installOn } from '../../support/installation.ts'
import { ownRedis } from '../../support/own-servers.ts'
import { simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import type { Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const MEMBERS = 600
const stack = new AsyncDisposableStack()
let installation: Installation
let call: CallApi
let worker: SimulatedWorker

beforeAll(async () => {
  const redis = stack.use(await ownRedis())
  const servers = { amqpUrl: inject('amqpUrl'), managementUrl: inject('amqpManagementUrl') }
  installation = stack.use(await installOn({ ...servers, redisUrl: redis.redisUrl }))
  const { api } = await installation.dispatcher({ CARYA_SWEEP: '500ms', CARYA_RECOVERY: '2s' })
  call = apiOf(api, installation.token)
  await installation.permitWorker('sim')
  worker = stack.use(await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { auto: true }))
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  const parameters = { k: { type: 'number', default: 1 } }
  expect(
    (await call('PUT', '/v1/models', { name: 'line', version: '1', image: 'line:1', parameters })).status,
  ).toBe(201)
})
afterAll(() => stack.disposeAsync())

const shown = async (id: string): Promise<EnsembleView> =>
  JSON.parse((await call('GET', `/v1/ensembles/${id}`)).text)

test('[34] an ensemble that Redis has forgotten goes on, with its key, and each member has one row', async () => {
  const vary = { k: { uniform: [0, 1] } }
  const request = {
    kind: 'ensemble',
    model: 'line',
    key: 'k34',
    design: { kind: 'lhs', samples: MEMBERS, seed: 1, vary },
  }
  const id = (await call('POST', '/v1/ensembles', request)).body.id
  const { succeeded } = await until('a part has run, and its rows are in the store', async () => {
    const { members } = await shown(id)
    // asking for results moves the rows there are
    return (
      members.succeeded > 100 &&
      (await call('GET', `/v1/ensembles/${id}/results/summary.json`)).status === 200 &&
      members
    )
  })
  expect(succeeded).toBeLessThan(MEMBERS)
  await installation.redis.flushall()
  await until('it is known again, and has ended', async () => {
    const { status, text } = await call('GET', `/v1/ensembles/${id}`)
    const view: EnsembleView | undefined = status === 200 ? JSON.parse(text) : undefined
    return view?.state === 'succeeded' && view.results === 'complete'
  })
  expect((await shown(id)).members).toMatchObject({ total: MEMBERS, succeeded: MEMBERS, failed: 0 })
  const { recovery }: ServiceView = JSON.parse((await call('GET', '/v1/service')).text)
  expect(recovery?.until).toBeDefined()
  const rows = (await call('GET', `/v1/ensembles/${id}/results/results.csv`)).text.trim().split('\n').slice(1)
  expect(rows.map((row) => Number(row.split(',')[0]))).toEqual(Array.from({ length: MEMBERS }, (_, i) => i))
  // what had its row in the store did not run again
  const jobs = worker.jobs.filter((each) => each.ensemble === id)
  expect(jobs.length).toBeLessThan(MEMBERS + (MEMBERS - succeeded))
  const again = await call('POST', '/v1/ensembles', request)
  expect([again.status, again.body]).toMatchObject([200, { id, duplicate: true }])
})
