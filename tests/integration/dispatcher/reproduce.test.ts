/** Runs that are made again from what was pinned of them: of Redis, of the store, and of an ensemble. */
import { workerUser, type Finished, type Job } from '@carya/contracts'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { simulateWorker, type SimulatedWorker } from '../../support/simulated-worker.ts'
import { install, type Installation } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { carya } from '../cli/carya.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let call: CallApi
let address: string
let worker: SimulatedWorker
/** what the worker says of a job, beside that it went well */
let result: (job: Job) => Partial<Finished> = () => ({})

const sha256 = (letter: string) => letter.repeat(64)
const read = { rain: { sha256: sha256('a'), bytes: 12 } }
const outputs = [{ name: 'out.csv', bytes: 7, sha256: sha256('b') }]
const manifest = {
  name: 'pond',
  version: '1.0.0',
  image: 'pond:1',
  command: ['pond', '--k={{ params.k }}'],
  files: { 'in.nml': { template: '&pond k = {{ params.k }} /\n' } },
  workdir: '/opt/pond',
  parameters: { k: { type: 'number', default: 1 } },
  inputs: { rain: {} },
}
const inputs = { rain: 'file:///data/rain.csv' }

const reproduce = (id: string, body: object = {}) => call('POST', `/v1/runs/${id}/reproduce`, body)
const jobOf = (run: string) => worker.job((job) => job.run === run)
const stateOf = async (id: string) => (await call('GET', `/v1/runs/${id}`)).body.state
const ended = (id: string) => until(`${id} has ended`, async () => (await stateOf(id)) === 'succeeded')

async function finished(more: object = {}): Promise<string> {
  const { body } = await call('POST', '/v1/runs', {
    kind: 'run',
    model: 'pond@1.0.0',
    params: { k: 0.25 },
    inputs,
    timeout: '90s',
    ...more,
  })
  await ended(body.id)
  return body.id
}

/** The job but for who asked, and when. */
function same({ run, nonce, submitter, queuedAt, record, inputs: sources, ...rest }: Job) {
  void [run, nonce, submitter, queuedAt, record, sources]
  return rest
}

beforeAll(async () => {
  installation = stack.use(await install())
  ;({ api: address } = await installation.dispatcher({ CARYA_SWEEP: '1s', CARYA_RETENTION: '3s' }))
  call = apiOf(address, installation.token)
  await installation.permitWorker('sim')
  worker = await simulateWorker(installation.amqpUrl(workerUser('sim')), 'sim', {
    auto: true,
    result: (job) => ({
      startedAt: new Date().toISOString(),
      inputs: read,
      outputs,
      engine: 'docker 29.1',
      version: '0.1.0',
      ...result(job),
    }),
  })
  stack.use(worker)
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  await call('PUT', '/v1/models', manifest)
})
afterAll(() => stack.disposeAsync())

test('whatever has become of its model, a run is made again from what was pinned of it', async () => {
  const id = await finished()
  const more = { version: '2.0.0', image: 'pond:2', command: ['pond2'], workdir: '/opt/pond2' }
  expect((await call('PUT', '/v1/models', { ...manifest, ...more })).status).toBe(201)

  const answer = await reproduce(id, { key: `again ${id}` })
  expect(answer).toMatchObject({ status: 201, body: { reproduces: id, notes: [], duplicate: false } })
  const again: string = answer.body.id
  expect(again).not.toBe(id)
  const known = await reproduce(id, { key: `again ${id}` })
  expect(known).toMatchObject({ status: 200, body: { id: again, duplicate: true } })
  const [first, second] = [await jobOf(id), await jobOf(again)]
  expect(same(second)).toEqual(same(first))
  expect(second.inputs).toEqual({ rain: { url: inputs.rain, sha256: sha256('a') } })
  await ended(again)
  expect((await call('GET', `/v1/runs/${again}`)).body).toMatchObject({
    reproduces: id,
    model: 'pond@1.0.0',
    command: ['pond', '--k=0.25'],
    attempts: [{ inputs: read, engine: 'docker 29.1', version: '0.1.0' }],
  })
})

test('a run that Redis has forgotten is made again from what the store has of it', async () => {
  const id = await finished()
  const first = await jobOf(id)
  await until('its record is gone', async () => (await installation.redis.exists(`carya:run:${id}`)) === 0)
  const { status, body } = await reproduce(id)
  expect(status).toBe(201)
  const second = await jobOf(body.id)
  expect(same(second)).toEqual(same(first))
  expect(second.inputs).toEqual({ rain: { url: inputs.rain, sha256: sha256('a') } })
})

test('a member is made again as a run of its own, with the inputs that its worker wrote down', async () => {
  const { body } = await call('POST', '/v1/ensembles', {
    kind: 'ensemble',
    model: 'pond@1.0.0',
    design: { kind: 'grid', vary: { k: { values: [3, 4] } } },
    base: { inputs },
  })
  const member = `${body.id}-1`
  await ended(member)
  const first = await jobOf(member)
  const { folder, attempts } = (await call('GET', `/v1/runs/${member}`)).body
  const unread = await reproduce(member)
  expect(unread).toMatchObject({ status: 201, body: { notes: [expect.stringContaining('rain')] } })

  const { v, run, attempt, nonce, submitter, model, image, params, resources, timeout, pool, queuedAt } =
    first
  const engine = { name: 'docker', version: '29.1', kernel: '6.12', architecture: 'x86_64' }
  const made = { v, run, attempt, nonce, submitter, model, image, params, resources, timeout, pool, queuedAt }
  const end = { worker: 'sim', finishedAt: queuedAt, exitCode: 0, outcome: 'succeeded', metrics: {} }
  const there = join(installation.store, String(folder))
  await mkdir(there, { recursive: true })
  await writeFile(
    join(there, 'run.json'),
    JSON.stringify({
      ...made,
      ...end,
      files: [],
      inputs: { rain: { url: inputs.rain, ...read.rain } },
      engine,
      version: '0.1.0',
      outputs,
      outputsTotal: 1,
    }),
  )
  expect(attempts).toHaveLength(1)
  const provenance = await call('GET', `/v1/runs/${member}/provenance`)
  expect(provenance).toMatchObject({ status: 200, body: { run: member, engine, outputs } })

  const { status, body: answer } = await reproduce(member)
  expect([status, answer.notes]).toEqual([201, []])
  const second = await jobOf(answer.id)
  const { ensemble, index, ...plain } = same(first)
  expect([ensemble, index]).toEqual([body.id, 1])
  expect(same(second)).toEqual(plain)
  expect(second.params).toEqual({ k: 4 })
  expect(second.files).toEqual([{ path: 'in.nml', content: '&pond k = 4 /\n' }])
  expect(second.inputs).toEqual({ rain: { url: inputs.rain, sha256: sha256('a') } })
})

test('what has not ended, never started or is not known is refused, and so is what is not understood', async () => {
  const later = { kind: 'run', model: 'pond@1.0.0', inputs, after: '2090-01-01T00:00:00Z' }
  const { id } = (await call('POST', '/v1/runs', later)).body
  expect(await reproduce(id)).toMatchObject({
    status: 409,
    body: { type: 'urn:carya:problem:not-ended' },
  })
  await call('POST', `/v1/runs/${id}/cancel`)
  expect(await reproduce(id)).toMatchObject({
    status: 409,
    body: { type: 'urn:carya:problem:never-started' },
  })
  expect((await reproduce(`r${'0'.repeat(26)}`)).status).toBe(404)
  expect(await reproduce(id, { colour: 1 })).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'colour' }] },
  })
})

test('the command tells whether the same came of it, by its exit code too', async () => {
  const id = await finished()
  const env = { CARYA_TOKEN: installation.token }
  const alike = await carya(address, ['reproduce', id, '--json'], env)
  expect([alike.code, alike.err]).toEqual([0, ''])
  expect(alike.lines().at(-1)).toMatchObject({
    kind: 'comparison',
    reproduces: id,
    identical: true,
    outputs: 1,
    metrics: 1,
  })

  result = () => ({ metrics: { answer: 43 }, outputs: [{ ...outputs[0]!, sha256: sha256('c') }] })
  const other = await carya(address, ['reproduce', id], env)
  result = () => ({})
  expect(other.code).toBe(1)
  expect(other.out).toMatch(/metric answer +42 +43/)
  expect(other.out).toMatch(/output out\.csv +sha256:b{12}… +sha256:c{12}…/)

  const shown = await carya(address, ['show', id], env)
  expect(shown.out).toMatch(/docker 29\.1, Carya 0\.1\.0/)
  expect(shown.out).toContain(`rain sha256:${sha256('a')} 12 B`)
})
