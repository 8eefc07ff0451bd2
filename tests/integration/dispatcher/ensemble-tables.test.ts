/** Ensembles of tables that come as files: read after acceptance, refused with every fault, and lost later. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { lhs, openSetting, type Setting } from './ensemble-setting.ts'

const stack = new AsyncDisposableStack()
let setting: Setting

beforeAll(async () => {
  setting = stack.use(await openSetting())
})
afterAll(() => stack.disposeAsync())

const csv = (rows: readonly string[]) => Buffer.from(`k,n\n${rows.join('\n')}\n`)
const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${1 + i / 1000},${i % 10}`)
const table = (url: string, more: object = {}) => ({
  kind: 'ensemble',
  model: 'line',
  design: { kind: 'table', url },
  ...more,
})
async function upload(bytes: Buffer): Promise<string> {
  const answer = await setting.call('PUT', '/v1/files', bytes)
  expect(answer.status).toBe(201)
  return String(Reflect.get(answer.body, 'url'))
}

describe('a table that was uploaded', () => {
  test('is read, and each of its rows is a member', async () => {
    const rows = numbers(60)
    const id = await setting.submit(table(await upload(csv(rows)), { base: { params: { fail: false } } }))
    const view = await setting.ended(id)
    expect(view).toMatchObject({
      state: 'succeeded',
      members: { total: 60, succeeded: 60 },
      varied: [{ name: 'k', unit: 'd-1' }, { name: 'n' }],
    })
    const made = await setting.rows(id)
    expect(made.map((row) => `${Number(row['k'])},${row['n']}`)).toEqual(rows)
    expect(made.every((row) => Number(row['y']) === 2 * Number(row['k']) + Number(row['n']))).toBe(true)
  })

  test('with bad cells ends it before anything runs, each named by row and column', async () => {
    const rows = numbers(500)
    rows[411] = '1.5,many'
    rows[499] = '99,1'
    const ann = await setting.submitter('ann')
    const asked = ann.send(table(await upload(csv(rows)), { key: 'bad-cells' }))
    const accepted = await asked.answer('ensemble.accepted')
    expect(accepted.body).toMatchObject({ state: 'checking' })
    expect(accepted.body).not.toHaveProperty('members')
    const end = await asked.answer('ensemble.failed')
    const id = String(accepted.body['id'])
    expect(end.body).toMatchObject({
      id,
      state: 'failed',
      reason: expect.stringContaining('table'),
      errors: [
        { path: 'design.url: row 412, line 413, column n', value: 'many' },
        { path: 'design.url: row 500, line 501, column k', detail: expect.stringContaining('from 0 to 10') },
      ],
    })
    expect(setting.worker.jobs.some((each) => each.ensemble === id)).toBe(false)
    expect((await setting.shown(id)).members).toMatchObject({ pending: 0, succeeded: 0, failed: 0 })
    for (const what of ['rerun', 'pause', 'resume'])
      expect((await setting.call('POST', `/v1/ensembles/${id}/${what}`)).status).toBe(409)
    expect((await setting.call('GET', `/v1/ensembles/${id}/results/results.csv`)).status).toBe(409)
  })

  test.each([
    ['a column that is no parameter', 'k,m\n1,2\n', /header, column m/],
    ['no rows', 'k,n\n', /design\.url/],
    ['bytes that are no table', '\0\u0001\u0002', /design\.url/],
  ])('with %s is told so', async (_name, text, path) => {
    const id = await setting.submit(table(await upload(Buffer.from(text))))
    const view = await setting.ended(id)
    expect(view.state).toBe('failed')
    expect(view.errors?.[0]?.path).toMatch(path)
  })
})

describe('a table that cannot be had', () => {
  test.each([
    ['nobody uploaded', `store:sha256/${'0'.repeat(64)}`, /no such file was uploaded/],
    ['is at a private address', 'http://127.0.0.1:9/rows.csv', /private|not allowed|address/],
    [
      'is behind the metadata service of a cloud',
      'http://169.254.169.254/rows.csv',
      /private|not allowed|address/,
    ],
  ])('because it %s ends its ensemble with the reason', async (_name, url, detail) => {
    const id = await setting.submit(table(url))
    expect(await setting.ended(id)).toMatchObject({
      state: 'failed',
      errors: [{ path: 'design.url', value: url, detail: expect.stringMatching(detail) }],
    })
  })
})

describe('a table that is lost later', () => {
  test('fails the members that are not fed yet, and nothing else', async () => {
    const url = await upload(csv(numbers(1000)))
    const id = await setting.submit(table(url, { maxParallel: 2 }))
    await until('some have run', async () => (await setting.shown(id)).members.succeeded > 3)
    await setting.call('POST', `/v1/ensembles/${id}/pause`)
    await until('nothing is out', async () => {
      const { queued, running } = (await setting.shown(id)).members
      return queued + running === 0
    })
    const { succeeded } = (await setting.shown(id)).members
    await rm(join(setting.installation.store, 'ensembles', id, 'design.parquet'))
    await setting.call('POST', `/v1/ensembles/${id}/resume`)
    const view = await setting.ended(id)
    expect(view).toMatchObject({
      state: 'partial',
      members: { total: 1000, succeeded, failed: 1000 - succeeded },
      failures: [{ kind: 'input_unavailable', count: 1000 - succeeded }],
    })
    const member = await setting.call('GET', `/v1/runs/${id}-999`)
    expect(member.body).toMatchObject({ state: 'failed', failure: { kind: 'input_unavailable' } })
    expect((await setting.ended(await setting.submit(lhs(5)))).state).toBe('succeeded')
  })
})

describe('where private addresses are allowed', () => {
  test('a table is fetched, and an answer of 404 is told', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/rows.csv' ? 200 : 404, { 'content-type': 'text/csv' })
      response.end(csv(numbers(20)))
    }).listen(0, '127.0.0.1')
    stack.defer(() => void server.close())
    await once(server, 'listening')
    const { port }: AddressInfo = JSON.parse(JSON.stringify(server.address()))
    await setting.service.stop()
    const { api } = await setting.installation.dispatcher({
      CARYA_SWEEP: '1s',
      CARYA_ALLOW_PRIVATE_URLS: 'yes',
      CARYA_MAX_TABLE: '100KiB',
    })
    setting.use(api)
    const good = await setting.submit(table(`http://127.0.0.1:${port}/rows.csv`))
    expect(await setting.ended(good)).toMatchObject({ state: 'succeeded', members: { total: 20 } })
    const missing = await setting.submit(table(`http://127.0.0.1:${port}/gone.csv`))
    expect(await setting.ended(missing)).toMatchObject({
      state: 'failed',
      errors: [{ path: 'design.url', detail: expect.stringContaining('404') }],
    })
  })
})
