/**
 * The clients of examples/ against a real dispatcher, worker and engine. They need Debian's python3-pika,
 * python3-jsonschema and amqp-tools, which `./carya test` installs.
 */
import { attemptFolder, RunView } from '@carya/contracts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { Proxy } from '../../support/proxy.ts'
import { install, type Installation } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'
import { requirePackages, run, submitPy, submitSh, type Ended } from './clients.ts'

const stack = new AsyncDisposableStack()
let installation: Installation
let api: CallApi
let url: string

/** Registers a model that is one line of shell. */
async function model(name: string, line: string): Promise<void> {
  const parameters = { k: { type: 'integer', default: 3, range: [0, 100] } }
  const command = ['/bin/sh', '-c', line]
  const manifest = { name, version: '1', image: TEST_IMAGE, command, parameters }
  const { status, text } = await api('PUT', '/v1/models', manifest)
  expect(status, text).toBe(201)
}
const resultOf = ({ stdout }: Ended): RunView => RunView.parse(JSON.parse(stdout))

beforeAll(async () => {
  await requirePackages()
  await testImage()
  installation = stack.use(await install())
  api = apiOf((await installation.dispatcher()).api, installation.token)
  await installation.worker('w1')
  await until('the worker is known', async () => (await api('GET', '/v1/workers')).body.items.length > 0)
  await installation.submitter('ann')
  url = installation.amqpUrl('ann')
  await model('double', `echo '{"twice":'$((CARYA_PARAM_K * 2))'}' > metrics.json`)
  await model('broken', 'echo "no such site" >&2; exit 3')
  await model('waits', 'while [ ! -e go ]; do sleep 0.1; done')
})
afterAll(() => stack.disposeAsync())

describe('the Python client, which knows AMQP and the generated JSON Schema and nothing of ours', () => {
  test('submits a run and receives its result', async () => {
    const ended = await submitPy(url, 'double', '-p', 'k=21', '--timeout', '1m')
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringMatching(/^r[0-9a-z]{26} accepted\n$/) })
    const result = resultOf(ended)
    expect(result).toMatchObject({
      state: 'succeeded',
      submitter: 'ann',
      metrics: { twice: 42 },
      timeout: 60,
    })
    expect((await api('GET', `/v1/runs/${result.id}`)).body).toMatchObject({ metrics: { twice: 42 } })
  })

  test('says so when the run failed, and why', async () => {
    const ended = await submitPy(url, 'broken')
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('model_error exit code 3') })
    expect(resultOf(ended)).toMatchObject({
      state: 'failed',
      logTail: expect.stringContaining('no such site'),
    })
  })

  test('tells every fault of a request that the dispatcher rejects', async () => {
    const ended = await submitPy(url, 'double', '-p', 'k=101', '-p', 'kk=1')
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toContain('params.k: a whole number from 0 to 100 (found: 101)')
    expect(ended.stderr).toContain('params.kk: no such parameter: did you mean k?')
  })

  test('does not send what does not fit the schema', async () => {
    const ended = await submitPy(url, 'not a name', '--timeout', 'ten minutes')
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^model: [^]*^timeout: [^]*was not sent\n$/m)
  })

  test('does not try again with a wrong password', async () => {
    const wrong = new URL(url)
    wrong.password = 'wrong'
    const ended = await submitPy(wrong.href, 'double')
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^the broker does not let us in/),
    })
  })

  test('sent again with the same key, it is the same run', async () => {
    const first = resultOf(await submitPy(url, 'double', '--key', 'site-7'))
    const again = await submitPy(url, 'double', '--key', 'site-7')
    expect(again.stderr).toBe(`${first.id} accepted (known already)\n`)
    expect(resultOf(again)).toEqual(first)
  })

  test('receives the result of its one run although the connection is cut meanwhile', async () => {
    await using proxy = await Proxy.to(url)
    const ending = submitPy(proxy.url, 'waits', '--key', 'cut')
    const running = await until('the run is running', async () => {
      const { items } = (await api('GET', '/v1/runs?model=waits&state=running')).body
      const view = items[0] && (await api('GET', `/v1/runs/${String(items[0]['id'])}`)).body
      return view?.startedAt === undefined ? undefined : view
    })
    proxy.cut()
    await until('the client is back', () => proxy.connections > 0)
    const { attempt, nonce } = running.attempts[0]!
    const outputs = join(installation.store, attemptFolder({ run: running.id, attempt, nonce }), 'outputs')
    await writeFile(join(outputs, 'go'), '')
    const ended = await ending
    expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining('trying again') })
    expect(resultOf(ended)).toMatchObject({ id: running.id, state: 'succeeded' })
  })
})

describe('amqp-tools', () => {
  test('submit a run by one line, for anonymous', async () => {
    const body = JSON.stringify({
      kind: 'run',
      model: 'double',
      params: { k: 5 },
      labels: { by: 'amqp-publish' },
    })
    const words = ['-e', 'carya.requests', '-p', '-C', 'application/json', '-b', body]
    expect(await run(['amqp-publish', `--url=${url}`, ...words])).toEqual({ code: 0, stdout: '', stderr: '' })
    const found = await until('the run has ended', async () => {
      const { items } = (await api('GET', '/v1/runs?label=by%3Damqp-publish&state=succeeded')).body
      return items[0]
    })
    expect(found).toMatchObject({ submitter: 'anonymous' })
    expect((await api('GET', `/v1/runs/${String(found['id'])}`)).body.metrics).toEqual({ twice: 10 })
  })

  test('receive the answers too', async () => {
    const ended = await submitSh(url, JSON.stringify({ kind: 'run', model: 'double', params: { k: 7 } }))
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    const [accepted, result] = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(accepted).toMatchObject({ duplicate: false })
    expect(result).toMatchObject({ id: accepted.id, state: 'succeeded', metrics: { twice: 14 } })
  })

  test.each([
    ['a run that failed', { kind: 'run', model: 'broken' }, '"state":"failed"'],
    ['a request that is rejected', { kind: 'run', model: 'brocken' }, 'did you mean broken'],
  ])('end with 1 for %s', async (_, request, words) => {
    const ended = await submitSh(url, JSON.stringify(request))
    expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining(words) })
  })
})
