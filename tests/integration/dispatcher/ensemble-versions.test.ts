/** One ensemble over two versions of its model, side by side, from the request to its table. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { carya } from '../cli/carya.ts'
import { openSetting, type Setting } from './ensemble-setting.ts'

const stack = new AsyncDisposableStack()
let setting: Setting
const second = {
  name: 'line',
  version: '1.10',
  image: 'line:1.10',
  command: ['line2'],
  workdir: '/opt/line',
  parameters: {
    k: { type: 'number', default: 2, range: [0, 10], unit: 'd-1' },
    n: { type: 'integer', default: 7, range: [0, 9] },
    fail: { type: 'boolean', default: false },
  },
  metrics: { y: { unit: 'g' } },
}
const versions = { values: ['1', '1.10'] }

beforeAll(async () => {
  setting = stack.use(await openSetting())
  expect((await setting.call('PUT', '/v1/models', second)).status).toBe(201)
})
afterAll(() => stack.disposeAsync())

test('members run the image, command and defaults of their version, and the tables have a column for it', async () => {
  const design = { kind: 'grid', vary: { '@version': versions, k: { values: [3, 5] } } }
  const id = await setting.submit({ kind: 'ensemble', model: 'line', design })
  expect(await setting.ended(id)).toMatchObject({
    state: 'succeeded',
    model: 'line',
    versions: { '1': { image: { name: 'line:1' } }, '1.10': { image: { name: 'line:1.10' } } },
  })
  const jobs = setting.worker.jobs.filter((job) => job.ensemble === id)
  const made = jobs
    .toSorted((one, other) => one.index! - other.index!)
    .map(({ model, image, command, setup, params }) => [model, image.name, command, setup?.workdir, params])
  expect(made).toEqual([
    ['line@1', 'line:1', undefined, undefined, { k: 3, n: 3, fail: false }],
    ['line@1', 'line:1', undefined, undefined, { k: 5, n: 3, fail: false }],
    ['line@1.10', 'line:1.10', ['line2'], '/opt/line', { k: 3, n: 7, fail: false }],
    ['line@1.10', 'line:1.10', ['line2'], '/opt/line', { k: 5, n: 7, fail: false }],
  ])
  expect((await setting.rows(id)).map((row) => [row['@version'], row['k'], row['y']])).toEqual([
    ['1', '3.0', '9.0'],
    ['1', '5.0', '13.0'],
    ['1.10', '3.0', '13.0'],
    ['1.10', '5.0', '17.0'],
  ])
  const member = await setting.call('GET', `/v1/runs/${id}-2`)
  expect(member.body).toMatchObject({ model: 'line@1.10', command: ['line2'], params: { k: 3, n: 7 } })
  const again = await setting.call('POST', `/v1/runs/${id}-2/reproduce`, {})
  expect(again.status).toBe(201)
  const job = await setting.worker.job((each) => each.run === again.body.id)
  expect([job.model, job.image.name, job.command, job.params]).toEqual(made[2]!.toSpliced(3, 1))
})

test('the command shows them before anything runs, and each member’s own', async () => {
  const env = { CARYA_TOKEN: setting.installation.token }
  const words = ['ensemble', 'line', '--vary', '@version=values:1,1.10', '--vary', 'k=values:3,5']
  const dry = await carya(setting.address, [...words, '--dry-run'], env)
  expect([dry.code, dry.out]).toEqual([0, '0\t1\t3\n1\t1\t5\n2\t1.10\t3\n3\t1.10\t5\n'])
  const ran = await carya(setting.address, [...words, '--wait', '--json'], env)
  expect(ran.code).toBe(0)
  const id = String(Reflect.get(Object(ran.lines().at(-1)), 'id'))
  const shown = await carya(setting.address, ['member', id, '2'], env)
  expect(shown.out).toMatch(/varies +@version = 1\.10\n +k += 3 d-1\n/)
  expect((await carya(setting.address, ['show', id], env)).out).toMatch(/@1\.10 +line:1\.10 sha256:/)
})

test('what does not fit one of them is refused, and the version named', async () => {
  const narrow = {
    ...second,
    version: '3',
    parameters: { ...second.parameters, k: { type: 'number', range: [0, 4] } },
  }
  expect((await setting.call('PUT', '/v1/models', narrow)).status).toBe(201)
  const vary = { '@version': { values: ['1', '3'] }, k: { values: [3, 5] } }
  const answer = await setting.call('POST', '/v1/ensembles', {
    kind: 'ensemble',
    model: 'line@1',
    design: { kind: 'grid', vary },
  })
  expect(answer).toMatchObject({
    status: 400,
    body: { errors: [{ path: 'design.vary.k.values.1', detail: 'in version 3: a number from 0 to 4' }] },
  })
})
