/** Ensembles through AMQP and HTTP, with a worker that answers without containers: what the dispatcher makes of them. */
import { workerUser, type EnsembleView, type Job } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let call: CallApi
let worker: SimulatedWorker
let ann: Submitter

const model = {
  name: 'line',
  version: '1',
  image: 'line:1',
  parameters: {
    k: { type: 'number', default: 1, range: [0, 10], unit: 'd-1' },
    n: { type: 'integer', default: 3, range: [0, 9] },
    fail: { type: 'boolean', default: false },
  },
  metrics: { y: { unit: 'g' } },
}
/** Ends as failed where it is told to, with a metric of its parameters otherwise. */
const result = ({ params }: Job) =>
  params['fail'] === true
    ? {
        outcome: 'failed' as const,
        exitCode: 3,
        failure: { kind: 'model_error' as const, detail: 'told to' },
      }
    : { metrics: { y: 2 * Number(params['k']) + Number(params['n']) } }

beforeAll(async () => {
  installation = stack.use(await install())
  const { api } = await installation.dispatcher({ CARYA_SWEEP: '1s' })
  call = apiOf(api, installation.token)
  await installation.permitWorker('sim')
  worker = stack.use(
    await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', { cpus: 8, auto: true, result }),
  )
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  expect((await call('PUT', '/v1/models', model)).status).toBe(201)
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

const vary = { k: { uniform: [1, 5] } }
const lhs = (samples: number, more: object = {}) => ({
  kind: 'ensemble',
  model: 'line',
  design: { kind: 'lhs', samples, seed: 7, vary },
  ...more,
})
const shown = async (id: string): Promise<EnsembleView> =>
  JSON.parse((await call('GET', `/v1/ensembles/${id}`)).text)
const ended = (id: string) =>
  until('it has ended', async () => {
    const view = await shown(id)
    return view.endedAt !== undefined && view.results !== 'none' && view.results !== 'partial' && view
  })
const file = async (id: string, name: string) =>
  (await call('GET', `/v1/ensembles/${id}/results/${name}`)).text
const submit = async (body: object): Promise<string> => {
  const answer = await call('POST', '/v1/ensembles', body)
  expect([answer.status, answer.body]).toMatchObject([201, { v: 1 }])
  return answer.body.id
}

describe('an ensemble submitted as a message', () => {
  test('is accepted whole, runs each member once, and its end reaches the submitter', async () => {
    const asked = ann.send(lhs(300))
    const accepted = await asked.answer('ensemble.accepted')
    expect(accepted.body).toMatchObject({ v: 1, state: 'running', members: 300, duplicate: false })
    const id = String(accepted.body['id'])
    const end = await asked.answer('ensemble.succeeded')
    expect(end.body).toMatchObject({ id, state: 'succeeded', members: { total: 300, succeeded: 300 } })
    const jobs = worker.jobs.filter((each) => each.ensemble === id)
    expect(new Set(jobs.map((each) => each.index)).size).toBe(300)
    expect(jobs.length).toBe(300)

    const rows = (await file(id, 'results.csv')).trim().split('\n')
    expect(rows[0]).toMatch(/^index,state,k,y,attempts,/)
    expect(rows.length).toBe(301)
    expect(rows.slice(1).map((row) => Number(row.split(',')[0]))).toEqual(
      Array.from({ length: 300 }, (_, i) => i),
    )
    const summary = JSON.parse(await file(id, 'summary.json'))
    expect(summary).toMatchObject({ complete: true, members: { total: 300, succeeded: 300 } })
    expect(summary.sensitivities[0]).toMatchObject({ metric: 'y', parameter: 'k', spearman: 1 })
  })
})

describe('what stays in Redis', () => {
  test('is a few bits for each member that has ended', async () => {
    const id = await submit(lhs(200))
    await ended(id)
    const keys = await installation.redis.keys(`carya:*${id}*`)
    expect(keys.filter((key) => key.startsWith('carya:run:'))).toEqual([])
    const members = keys.filter((key) => key !== `carya:ensemble:${id}` && !key.endsWith(':spec'))
    const sizes = await Promise.all(members.map((key) => installation.redis.memory('USAGE', key)))
    expect(sizes.reduce<number>((sum, size) => sum + Number(size), 0)).toBeLessThan(16 * 200)
  })
})

describe('failures', () => {
  const some = (policy: object) => ({
    kind: 'ensemble',
    model: 'line',
    design: {
      kind: 'table',
      rows: Array.from({ length: 40 }, (_, i) => ({ k: 1 + i / 10, fail: i % 10 === 3 })),
    },
    failure: policy,
  })

  test('leave an ensemble partial where its policy lets them', async () => {
    const id = await submit(some({ policy: 'tolerate', share: 0.2 }))
    const view = await ended(id)
    expect(view).toMatchObject({
      state: 'partial',
      members: { total: 40, succeeded: 36, failed: 4 },
      failures: [{ kind: 'model_error', count: 4, example: `${id}-3` }],
    })
    const member = await call('GET', `/v1/runs/${id}-13`)
    expect(member.body).toMatchObject({
      state: 'failed',
      failure: { kind: 'model_error' },
      params: { k: 2.3, n: 3 },
    })
  })

  test('end it early where the policy says so, and what failed runs again', async () => {
    const id = await submit(some({ policy: 'stop' }))
    const view = await ended(id)
    expect(view.state).toBe('failed')
    expect(view.members.failed).toBeGreaterThan(0)
    const again = await call('POST', `/v1/ensembles/${id}/rerun`)
    expect([again.status, again.body]).toMatchObject([200, { state: 'running', round: 1 }])
    expect((await ended(id)).state).toBe('failed')
  })

  test('are run again by rerun, and only they', async () => {
    const id = await submit(some({ policy: 'continue' }))
    expect(await ended(id)).toMatchObject({ state: 'partial', members: { failed: 4 } })
    const before = worker.jobs.filter((each) => each.ensemble === id).length
    await call('POST', `/v1/ensembles/${id}/rerun`)
    await until(
      'they ran again',
      async () => worker.jobs.filter((each) => each.ensemble === id).length === before + 4,
    )
    expect(await ended(id)).toMatchObject({
      state: 'partial',
      round: 1,
      members: { succeeded: 36, failed: 4 },
    })
    expect((await file(id, 'results.csv')).trim().split('\n').length).toBe(41)
  })
})

describe('pause, resume, cancel', () => {
  test('a paused ensemble feeds nothing, a resumed one goes on', async () => {
    const id = await submit(lhs(2000))
    await until('some have run', async () => (await shown(id)).members.succeeded > 10)
    expect((await call('POST', `/v1/ensembles/${id}/pause`)).body).toMatchObject({ state: 'paused' })
    const still = await until('nothing is out', async () => {
      const { members } = await shown(id)
      return members.queued + members.running === 0 && members.succeeded
    })
    expect(still).toBeLessThan(2000)
    await until('a sweep has passed', async () => (await call('GET', '/readyz')).status === 200)
    expect((await shown(id)).members.succeeded).toBe(still)
    expect((await call('POST', `/v1/ensembles/${id}/pause`)).status).toBe(409)
    await call('POST', `/v1/ensembles/${id}/resume`)
    expect((await ended(id)).state).toBe('succeeded')
  })

  test('a cancelled ensemble ends, and tells how far it came', async () => {
    const id = await submit(lhs(1_000_000))
    await until('some have run', async () => (await shown(id)).members.succeeded > 0)
    const answer = await call('POST', `/v1/ensembles/${id}/cancel`)
    expect([answer.status, answer.body]).toMatchObject([202, { id }])
    const view = await ended(id)
    expect(view.state).toBe('cancelled')
    expect(view.members.succeeded).toBeGreaterThan(0)
    expect((await file(id, 'results.csv')).trim().split('\n').length).toBe(
      view.members.succeeded + view.members.cancelled + 1,
    )
  })
})
