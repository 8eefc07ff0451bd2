/** Members of real containers that fail among others that do not, and what is to be had of each that has ended. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { ensemblesOf, type Ensembles } from '../../support/ensembles.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

const stack = new AsyncDisposableStack()
let call: CallApi
let ensembles: Ensembles

// of the values it is given here those above 2 are no sites; an engine keeps the order within one stream only
const line = `echo "k is $CARYA_PARAM_K" >&2; echo half > half.txt
  if [ "\${CARYA_PARAM_K%.*}" -gt 2 ]; then echo "no such site" >&2; exit 3; fi
  echo "{\\"twice\\": $((CARYA_PARAM_K * 2))}" > metrics.json`

beforeAll(async () => {
  await testImage()
  const installation = stack.use(await install())
  const { api } = await installation.dispatcher()
  call = apiOf(api, installation.token)
  ensembles = ensemblesOf(call)
  await installation.worker('w1', { CARYA_WORKER_CPUS: '2' })
  await until('the worker is known', async () => (await call('GET', '/v1/workers')).body.items.length === 1)
  const model = {
    name: 'picky',
    version: '1',
    image: TEST_IMAGE,
    command: ['/bin/sh', '-c', line],
    parameters: { k: { type: 'integer', range: [0, 9] } },
    metrics: { twice: {} },
  }
  expect((await call('PUT', '/v1/models', model)).status).toBe(201)
})
afterAll(() => stack.disposeAsync())

test('two of five fail: their codes and last words are told, and logs and outputs of all are there', async () => {
  const rows = [0, 1, 2, 3, 4].map((k) => ({ k }))
  const id = await ensembles.submit({ kind: 'ensemble', model: 'picky', design: { kind: 'table', rows } })
  expect(await ensembles.ended(id)).toMatchObject({
    state: 'partial',
    members: { total: 5, succeeded: 3, failed: 2 },
    failures: [{ kind: 'model_error', count: 2, example: `${id}-3` }],
  })

  const results = await ensembles.rows(id, 'results.csv')
  expect(results.map((row) => [row['k'], row['state'], row['exit_code'], row['failure_kind']])).toEqual([
    ['0', 'succeeded', '0', ''],
    ['1', 'succeeded', '0', ''],
    ['2', 'succeeded', '0', ''],
    ['3', 'failed', '3', 'model_error'],
    ['4', 'failed', '3', 'model_error'],
  ])
  expect(results.map((row) => row['twice'])).toEqual(['0.0', '2.0', '4.0', '', ''])
  expect((await ensembles.summary(id)).failures).toEqual([
    {
      kind: 'model_error',
      exitCode: 3,
      lastLine: 'no such site',
      count: 2,
      example: 3,
      ranges: { k: [3, 4] },
    },
  ])

  const { status, body } = await call('GET', `/v1/runs/${id}-3`)
  expect([status, body]).toMatchObject([
    200,
    {
      state: 'failed',
      params: { k: 3 },
      failure: { kind: 'model_error' },
      attempts: [{ exitCode: 3, worker: 'w1' }],
      logTail: expect.stringContaining('no such site'),
    },
  ])
  for (const index of [1, 3]) {
    const member = `/v1/runs/${id}-${index}`
    expect((await call('GET', `${member}/outputs/half.txt`)).text).toBe('half\n')
    expect((await call('GET', `${member}/logs`)).text).toContain(`k is ${index}`)
  }
  expect(JSON.parse((await call('GET', `/v1/runs/${id}-1/outputs/metrics.json`)).text)).toEqual({ twice: 2 })
})
