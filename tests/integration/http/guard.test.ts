import { describe, expect, test } from 'vitest'
import { request, serve, TOKEN } from './setup.ts'

describe('tokens', () => {
  test('without a token nothing is told, not even whether an address exists', async () => {
    await using http = await serve()
    for (const path of [
      '/v1/runs',
      '/v1/models',
      '/v1/events',
      '/openapi.json',
      '/nowhere',
      '/v1/runs/x/outputs/y',
    ]) {
      const answer = await fetch(http.url + path)
      expect([path, answer.status]).toEqual([path, 401])
      expect(answer.headers.get('www-authenticate')).toContain('Bearer')
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
    }
  })

  test.each(['Bearer wrong', 'Bearer', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN} x`, TOKEN])(
    'refuses %s',
    async (authorization) => {
      await using http = await serve()
      const answer = await http.ask('/v1/runs', { headers: { authorization } })
      expect(answer.status).toBe(401)
      expect(JSON.stringify(await answer.json())).not.toContain(TOKEN)
    },
  )

  test('the name of the token is the submitter', async () => {
    await using http = await serve()
    await http.ask('/v1/runs', {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-bob', 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'run', model: 'dalec' }),
    })
    expect(http.api.submitted).toMatchObject([{ submitter: 'bob' }])
  })

  test('health and readiness need none', async () => {
    await using http = await serve()
    expect((await fetch(`${http.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${http.url}/readyz`)).status).toBe(200)
    http.api.trouble = new Error('away')
    expect((await fetch(`${http.url}/readyz`)).status).toBe(503)
  })
})

describe('the name by which the service is called', () => {
  test.each([
    'localhost',
    'LOCALHOST:1',
    '127.0.0.1:7070',
    '[::1]:7070',
    '[::1]',
    'carya.example',
    'carya.example:99',
    'exact.example:81',
  ])('takes %s', async (host) => {
    await using http = await serve()
    expect(await http.raw(request('/v1/workers', { host }))).toMatch(/^HTTP\/1\.1 200/)
  })

  test.each([
    'evil.example',
    'localhost.evil.example',
    'evil.example:7070',
    'exact.example',
    '127.0.0.1.evil',
    '',
  ])('refuses "%s", even with the token, even for health', async (host) => {
    await using http = await serve()
    for (const path of ['/v1/runs', '/healthz'])
      expect(await http.raw(request(path, { host }))).toMatch(/^HTTP\/1\.1 421/)
  })

  test('refuses two names at once', async () => {
    await using http = await serve()
    const twice = request('/healthz').replace('host: localhost', 'host: localhost\r\nhost: evil.example')
    expect(await http.raw(twice)).toMatch(/^HTTP\/1\.1 4/)
  })
})

test('no answer carries a CORS header, and each has a request id and is not sniffed', async () => {
  await using http = await serve()
  for (const [method, path] of [
    ['GET', '/v1/runs'],
    ['OPTIONS', '/v1/runs'],
    ['GET', '/nowhere'],
  ] as const) {
    const answer = await http.ask(path, { method, headers: { origin: 'https://evil.example' } })
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('cache-control')).toBe('no-store')
  }
})
