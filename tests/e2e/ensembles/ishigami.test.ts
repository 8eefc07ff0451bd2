/** An ensemble of real containers the whole road: a message in, a container a member, tables and statistics out. */
import { labels } from '@carya/contracts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { watchStarts, type StartEvents } from '../../support/engine-events.ts'
import { engine } from '../../support/engine.ts'
import { ensemblesOf, type Ensembles } from '../../support/ensembles.ts'
import { buildIshigami, ishigami, ishigamiEnsemble, ishigamiManifest } from '../../support/ishigami.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Submitter } from '../../support/submitter.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let call: CallApi
let ensembles: Ensembles
let events: StartEvents
let ann: Submitter

beforeAll(async () => {
  await buildIshigami()
  installation = stack.use(await install())
  events = stack.use(await watchStarts(installation.name))
  const { api } = await installation.dispatcher()
  call = apiOf(api, installation.token)
  ensembles = ensemblesOf(call)
  await installation.worker('w1', { CARYA_WORKER_CPUS: '4' })
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  const { status, text } = await call('PUT', '/v1/models', ishigamiManifest)
  expect(status, text).toBe(201)
  await installation.submitter('ann')
  ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
})
afterAll(() => stack.disposeAsync())

const SAMPLES = 16
const MEMBERS = SAMPLES * 5
const containers = () =>
  engine().listContainers({
    all: true,
    filters: { label: [`${labels.installation}=${installation.name}`] },
  })

test('80 members of 16 base rows: each is started once, and what mattered is told', async () => {
  const asked = ann.send(ishigamiEnsemble(SAMPLES))
  const accepted = await asked.answer('ensemble.accepted', 'ensemble.rejected')
  expect(accepted).toMatchObject({ type: 'ensemble.accepted', body: { members: MEMBERS } })
  const id = String(accepted.body['id'])
  const end = await asked.answer('ensemble.succeeded', 'ensemble.partial', 'ensemble.failed')
  expect(end).toMatchObject({
    type: 'ensemble.succeeded',
    body: { id, state: 'succeeded', members: { total: MEMBERS, succeeded: MEMBERS } },
  })
  await ensembles.ended(id)

  const indices = Array.from({ length: MEMBERS }, (_, index) => index)
  for (const index of indices) expect(await events.startsInAll(`${id}-${index}`)).toBe(1)
  expect(events.all()).toBe(MEMBERS)
  expect(await containers()).toEqual([])

  const rows = await ensembles.rows(id, 'results.csv')
  expect(rows.map((row) => Number(row['index']))).toEqual(indices)
  for (const row of rows) {
    expect(row).toMatchObject({ state: 'succeeded', attempts: '1', exit_code: '0', worker: 'w1' })
    expect(Number(row['y'])).toBeCloseTo(ishigami(row), 12)
  }

  const sensitivities = await ensembles.rows(id, 'sensitivity.csv')
  expect(sensitivities.map((row) => [row['metric'], row['parameter']])).toEqual([
    ['y', 'x1'],
    ['y', 'x2'],
    ['y', 'x3'],
  ])
  // so few rows tell little of the true indices, but total ones are to each other as these sums (Jansen 1999)
  const sums = jansenSums(rows.map((row) => Number(row['y'])))
  for (const [at, row] of sensitivities.entries()) {
    const [first, low, high] = ['first', 'first_low', 'first_high'].map((name) => Number(row[name]))
    expect(low).toBeLessThan(first!)
    expect(high).toBeGreaterThan(first!)
    const ratio = Number(row['total']) / Number(sensitivities[0]!['total'])
    expect(ratio).toBeCloseTo(sums[at]! / sums[0]!, 9)
  }

  const summary = await ensembles.summary(id)
  expect(summary).toMatchObject({
    id,
    complete: true,
    members: { total: MEMBERS, succeeded: MEMBERS, failed: 0, cancelled: 0 },
    metrics: [{ name: 'y', count: MEMBERS }],
    failures: [],
  })

  const quantiles = await ensembles.rows(id, 'quantiles.csv')
  expect(quantiles.map((row) => row['time'])).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)))
  const names = ['q05', 'q25', 'q50', 'q75', 'q95']
  for (const row of quantiles) {
    expect(row).toMatchObject({ output: 'path.csv', variable: 'y', members: String(MEMBERS) })
    const values = names.map((name) => Number(row[name]))
    expect(values).toEqual(values.toSorted((one, other) => one - other))
  }
  // the last step is the metric
  const [metric] = summary.metrics
  for (const [at, name] of names.entries())
    expect(Number(quantiles.at(-1)?.[name])).toBeCloseTo(metric!.quantiles[at]!, 9)
})

/** For each parameter Σ (f(A) − f(AB))² over the base rows: a row's members are A, AB of each parameter, B. */
function jansenSums(y: readonly number[]): number[] {
  return [1, 2, 3].map((at) => {
    let sum = 0
    for (let row = 0; row < y.length; row += 5) sum += (y[row]! - y[row + at]!) ** 2
    return sum
  })
}
