import { Accepted, ModelList, Problem, RunList } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { Unavailable } from '../../../services/dispatcher/src/api.ts'
import { model } from './fake-models.ts'
import { request, serve, TOKEN, type Served } from './setup.ts'

const Description = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
const dalec = JSON.stringify({ kind: 'run', model: 'dalec' })

function post(
  http: Served,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers }
  return http.ask('/v1/runs', { method: 'POST', headers: all, body, duplex: 'half' })
}

async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get('content-type')).toContain('application/problem+json')
  const problem = Problem.parse(await answer.json())
  expect(problem.status).toBe(answer.status)
  expect(problem.instance).toBe(`urn:carya:request:${answer.headers.get('x-request-id')}`)
  return problem
}

describe('submitting', () => {
  test('a new run is 201 with its address, the same key again is 200 with the same id', async () => {
    await using http = await serve()
    const body = JSON.stringify({ kind: 'run', model: 'dalec', key: 'k' })
    const first = await post(http, body)
    const { id } = Accepted.parse(await first.json())
    expect([first.status, first.headers.get('location')]).toEqual([201, `/v1/runs/${id}`])
    const second = await post(http, body)
    expect(second.status).toBe(200)
    expect(await second.json()).toMatchObject({ id, duplicate: true })
    expect(await (await http.ask(`/v1/runs/${id}`)).json()).toMatchObject({ id, state: 'pending' })
  })

  test('a bad request is told every fault', async () => {
    await using http = await serve()
    const answer = await post(http, '{"model":"nix","colour":1}')
    expect(answer.status).toBe(400)
    const { errors } = await problemOf(answer)
    expect(errors?.map((error) => error.path).toSorted()).toEqual(['colour', 'kind', 'model'])
  })

  test.each([
    ['{"kind":', 400, 'not-json'],
    ['', 400, 'bad-request'],
    [new Uint8Array([0x22, 0xff, 0xfe, 0x22]), 400, 'not-json'],
  ])('%s is no request', async (body, status, code) => {
    await using http = await serve()
    const answer = await post(http, body)
    expect(answer.status).toBe(status)
    expect((await problemOf(answer)).type).toBe(`urn:carya:problem:${code}`)
  })

  test('takes UTF-8 with and without a mark', async () => {
    await using http = await serve()
    expect((await post(http, `\u{feff}${dalec}`)).status).toBe(201)
    expect((await post(http, dalec, { 'content-type': 'application/json; charset=UTF-8' })).status).toBe(201)
  })

  test.each([
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/x-www-form-urlencoded' },
    { 'content-type': 'application/octet-stream' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-encoding': 'gzip' },
  ])('refuses a body with %o', async (headers) => {
    await using http = await serve()
    const answer = await post(http, dalec, headers)
    expect(answer.status).toBe(415)
    await problemOf(answer)
    expect(http.api.submitted).toEqual([])
  })

  test('tells where a body is too deep or too wide to be looked at, or has half a character', async () => {
    await using http = await serve()
    for (const [body, path, detail] of [
      [`{"kind":${'['.repeat(5000)}${']'.repeat(5000)}}`, /^kind(\.0){31}$/, /at most 32 levels/],
      [JSON.stringify({ params: Array(5000).fill(1) }), /^params$/, /at most 4096 fields or items/],
      ['{"labels":{"site":"\\ud800"}}', /^labels\.site$/, /surrogate/],
    ] as const) {
      const answer = await post(http, body)
      expect(answer.status).toBe(400)
      const { errors } = await problemOf(answer)
      expect(errors).toEqual([
        {
          path: expect.stringMatching(path),
          value: expect.anything(),
          detail: expect.stringMatching(detail),
        },
      ])
    }
  })

  test('refuses a body without a type', async () => {
    await using http = await serve()
    const head = request('/v1/runs', { 'content-length': String(dalec.length) }, 'POST')
    expect(await http.raw(head + dalec)).toMatch(/^HTTP\/1\.1 415/)
  })

  test('a body of 10 MB is told the limit, announced or not, and the service goes on', async () => {
    await using http = await serve()
    const large = JSON.stringify({ kind: 'run', model: 'dalec', key: 'x'.repeat(10 * 2 ** 20) })
    for (const body of [large, new Blob([large]).stream()]) {
      const answer = await post(http, body)
      expect(answer.status).toBe(413)
      expect((await problemOf(answer)).detail).toContain('1048576')
    }
    expect((await post(http, dalec)).status).toBe(201)
    expect(http.api.submitted).toHaveLength(1)
  })
})

describe('parameters', () => {
  test.each([
    ['/v1/runs?colour=red', 'colour', 'there are: state, model'],
    ['/v1/runs?limit=501', 'limit', '500'],
    ['/v1/runs?limit=ten', 'limit', 'whole number'],
    ['/v1/runs?state=dead', 'state', 'succeeded'],
    ['/v1/runs?state=failed&state=queued', 'state', 'more than once'],
    ['/v1/runs?label=site', 'label', 'name=value'],
    ['/v1/workers?x=1', 'x', 'there are: pool'],
    ['/v1/runs/r01jd7x8c6v0000000000000000?x=1', 'x', 'none is taken'],
    ['/v1/runs/r1', 'id', 'a run id'],
    ['/v1/models/NO', 'ref', 'dalec@1.0.0'],
    ['/v1/events?logs=1', 'logs', 'run='],
    ['/v1/events?run=x', 'run', 'a run id'],
    ['/healthz?x=1', 'x', 'none is taken'],
  ])('%s names %s', async (path, name, detail) => {
    await using http = await serve()
    const answer = await http.ask(path)
    expect(answer.status).toBe(400)
    const { errors } = await problemOf(answer)
    expect(errors).toHaveLength(1)
    expect(errors?.[0]?.path).toBe(name)
    expect(errors?.[0]?.detail).toContain(detail)
  })

  test('a path that is not properly encoded, or leads nowhere, is told so', async () => {
    await using http = await serve()
    expect(await http.raw(request('/v1/runs/%zz'))).toMatch(/^HTTP\/1\.1 400[^]*problem\+json/)
    const answer = await http.ask('/v1/run')
    expect(answer.status).toBe(404)
    await problemOf(answer)
  })

  test('what is not HTTP is told so', async () => {
    await using http = await serve()
    expect(await http.raw('NONSENSE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400[^]*problem\+json/)
    const huge = request('/healthz', { 'x-large': 'x'.repeat(100_000) })
    expect(await http.raw(huge)).toMatch(/^HTTP\/1\.1 431/)
  })
})

describe('lists', () => {
  test('runs come newest first, page by page, filtered', async () => {
    await using http = await serve()
    const ids = Array.from(
      { length: 5 },
      (_, i) => http.api.add({ labels: { site: i < 3 ? 'a' : 'b', x: '=1' } }).id,
    )
    const seen: string[] = []
    let cursor = ''
    for (;;) {
      const query = `?limit=2&label=site%3Da&label=x%3D%3D1${cursor}`
      const list = RunList.parse(await (await http.ask(`/v1/runs${query}`)).json())
      expect(list.items.length).toBeLessThanOrEqual(2)
      seen.push(...list.items.map((row) => row.id))
      if (list.next === undefined) break
      cursor = `&cursor=${list.next}`
    }
    expect(seen).toEqual(ids.slice(0, 3).toSorted().toReversed())
  })

  test('runs of one submitter, or of the asker', async () => {
    await using http = await serve()
    const [mine, theirs] = [http.api.add(), http.api.add({ submitter: 'bob' })]
    for (const [submitter, run] of [
      ['@me', mine],
      ['bob', theirs],
    ] as const) {
      const list = RunList.parse(await (await http.ask(`/v1/runs?submitter=${submitter}`)).json())
      expect(list.items.map((row) => row.id)).toEqual([run.id])
    }
  })

  test('models are paged, and a page is bounded in bytes', async () => {
    await using http = await serve()
    http.api.modelsKnown = ['c', 'a', 'b', 'd'].map((name) => {
      const one = model(name)
      return {
        ...one,
        manifest: { ...one.manifest, authors: Array.from({ length: 100 }, () => 'x'.repeat(4000)) },
      }
    })
    const first = ModelList.parse(await (await http.ask('/v1/models')).json())
    expect(first.items.map((one) => one.name)).toEqual(['a', 'b'])
    const second = await http.ask(`/v1/models?cursor=${encodeURIComponent(first.next!)}`)
    expect(await second.json()).toMatchObject({ items: [{ name: 'c' }, { name: 'd' }] })
  })

  test('workers can be asked by pool', async () => {
    await using http = await serve()
    const room = { cpus: 1, memory: 1 }
    const worker = {
      state: 'live' as const,
      version: '1',
      lastBeatAt: new Date().toISOString(),
      size: room,
      room,
      attempts: 0,
    }
    http.api.workersKnown = [
      { ...worker, name: 'h2', pool: 'big' },
      { ...worker, name: 'h1', pool: 'default' },
    ]
    expect(await (await http.ask('/v1/workers?pool=big')).json()).toMatchObject({ items: [{ name: 'h2' }] })
    expect(await (await http.ask('/v1/workers?limit=1')).json()).toMatchObject({
      items: [{ name: 'h1' }],
      next: 'h1',
    })
  })
})

function register(http: Served, manifest: unknown): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return http.ask('/v1/models', { method: 'PUT', headers, body: JSON.stringify(manifest) })
}

describe('models', () => {
  test('registering is 201 with its address, again 200, and a fault is told', async () => {
    await using http = await serve()
    const first = await register(http, { name: 'sipnet', version: '2' })
    expect([first.status, first.headers.get('location')]).toEqual([201, '/v1/models/sipnet@2'])
    expect((await register(http, { name: 'sipnet', version: '2' })).status).toBe(200)
    expect((await register(http, {})).status).toBe(400)
    for (const ref of ['sipnet', 'sipnet@2'])
      expect(await (await http.ask(`/v1/models/${ref}`)).json()).toMatchObject({ name: 'sipnet' })
    expect((await http.ask('/v1/models/other')).status).toBe(404)
  })
})

describe('cancelling', () => {
  test('tells the state, of an unknown run that it is unknown', async () => {
    await using http = await serve()
    const { id } = http.api.add()
    const answer = await http.ask(`/v1/runs/${id}/cancel`, { method: 'POST' })
    expect([answer.status, await answer.json()]).toMatchObject([202, { id, state: 'cancelled' }])
    const empty = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '' }
    expect((await http.ask(`/v1/runs/${id}/cancel`, empty)).status).toBe(202)
    const unknown = await http.ask(`/v1/runs/r${'0'.repeat(26)}/cancel`, { method: 'POST' })
    expect(unknown.status).toBe(404)
    await problemOf(unknown)
  })
})

describe('trouble', () => {
  test('a part that is away is 503, says which, and when to ask again', async () => {
    await using http = await serve()
    http.api.trouble = new Unavailable('redis')
    for (const path of ['/v1/runs', '/v1/events']) {
      const answer = await http.ask(path)
      expect(answer.status).toBe(503)
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
      expect((await problemOf(answer)).detail).toContain('redis')
    }
  })

  test('a fault of our own is 500, tells nothing of itself, and is found in the log by the request id', async () => {
    await using http = await serve()
    http.api.trouble = new Error('secret inside')
    const answer = await http.ask('/v1/workers')
    expect(answer.status).toBe(500)
    expect(JSON.stringify(await problemOf(answer))).not.toContain('secret')
    const line = http.logged.find((one) => one.includes('secret inside'))
    expect(line).toContain(answer.headers.get('x-request-id'))
    expect(line).not.toContain(TOKEN)
  })
})

test('the description names every address, and each of them is answered', async () => {
  await using http = await serve()
  const { paths } = Description.parse(await (await http.ask('/openapi.json')).json())
  const asked = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((m) => [m, path] as const),
  )
  expect(asked.length).toBeGreaterThan(12)
  for (const [method, path] of asked) {
    const url = path
      .replace('{id}', `r${'0'.repeat(26)}`)
      .replace('{ref}', 'dalec')
      .replace('{name}', 'x')
    const stop = new AbortController()
    const answer = await http.ask(url, { method: method.toUpperCase(), signal: stop.signal })
    const body = path === '/v1/events' ? '' : await answer.text()
    stop.abort()
    expect(`${method} ${path}: ${body}`).not.toContain('no-such-address')
  }
})
