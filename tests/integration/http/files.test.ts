import { OutputList, Problem, type RunView } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { jobOf } from '../worker/inputs/preparing.ts'
import { request, serve, type Served } from './setup.ts'

const text = 'one\ntwo\nthree\n'

/** A run whose latest attempt left a log and some outputs. */
async function ended(http: Served): Promise<{ run: RunView; outputs: string }> {
  const run = http.api.add({
    state: 'succeeded',
    attempts: [1, 2].map((attempt) => ({
      attempt,
      nonce: `${attempt}`.repeat(16),
      queuedAt: new Date().toISOString(),
    })),
  })
  for (const { attempt, nonce } of run.attempts) {
    const place = await http.store.makeAttempt({ run: run.id, attempt, nonce })
    await writeFile(place.log, `${attempt}: ${text}`)
  }
  const { outputs } = http.store.attempt({ run: run.id, attempt: 2, nonce: '2'.repeat(16) })
  await mkdir(join(outputs, 'maps'))
  await writeFile(join(outputs, 'daily.csv'), text)
  await writeFile(join(outputs, 'maps', 'räte "1".html'), '<script>alert(1)</script>')
  return { run, outputs }
}

describe('logs', () => {
  test('of the latest attempt, or of the one asked for, as plain text', async () => {
    await using http = await serve()
    const { run } = await ended(http)
    const answer = await http.ask(`/v1/runs/${run.id}/logs`)
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await answer.text()).toBe(`2: ${text}`)
    expect(await (await http.ask(`/v1/runs/${run.id}/logs?attempt=1`)).text()).toBe(`1: ${text}`)
    expect((await http.ask(`/v1/runs/${run.id}/logs?attempt=3`)).status).toBe(404)
  })

  test('by byte ranges', async () => {
    await using http = await serve()
    const { run } = await ended(http)
    const size = text.length + 3
    const ask = (range: string) => http.ask(`/v1/runs/${run.id}/logs`, { headers: { range } })
    for (const [range, status, body, where] of [
      ['bytes=3-5', 206, 'one', `bytes 3-5/${size}`],
      ['bytes=11-', 206, 'three\n', `bytes 11-16/${size}`],
      ['bytes=11-9999', 206, 'three\n', `bytes 11-16/${size}`],
      ['bytes=-6', 206, 'three\n', `bytes 11-16/${size}`],
      ['bytes=-9999', 206, `2: ${text}`, `bytes 0-16/${size}`],
      ['bytes=5-3', 200, `2: ${text}`, null],
      ['bytes=0-1,3-4', 200, `2: ${text}`, null],
      ['lines=1-2', 200, `2: ${text}`, null],
    ] as const) {
      const answer = await ask(range)
      expect([range, answer.status, await answer.text(), answer.headers.get('content-range')]).toEqual([
        range,
        status,
        body,
        where,
      ])
    }
    const beyond = await ask('bytes=17-')
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${size}`])
  })

  test('a run without an attempt, or without a log, says so', async () => {
    await using http = await serve()
    for (const run of [http.api.add({ state: 'pending', attempts: [] }), http.api.add()]) {
      const answer = await http.ask(`/v1/runs/${run.id}/logs`)
      expect(answer.status).toBe(404)
      expect(Problem.parse(await answer.json()).detail).toContain(run.state)
    }
  })
})

describe('outputs', () => {
  test('are listed by name with size and address, and each address gives the file', async () => {
    await using http = await serve()
    const { run } = await ended(http)
    const list = OutputList.parse(await (await http.ask(`/v1/runs/${run.id}/outputs`)).json())
    expect(list).toMatchObject({
      attempt: 2,
      total: 2,
      items: [{ name: 'daily.csv', bytes: 14 }, { name: 'maps/räte "1".html' }],
    })
    for (const { url, bytes } of list.items) {
      const answer = await http.ask(url!)
      expect(answer.status).toBe(200)
      expect((await answer.bytes()).byteLength).toBe(bytes)
    }
    const first = OutputList.parse(await (await http.ask(`/v1/runs/${run.id}/outputs?limit=1`)).json())
    expect(first).toMatchObject({ total: 2, items: [{ name: 'daily.csv' }], next: 'daily.csv' })
    const second = await (await http.ask(`/v1/runs/${run.id}/outputs?limit=1&cursor=${first.next}`)).json()
    expect(OutputList.parse(second).items).toMatchObject([{ name: 'maps/räte "1".html' }])
  })

  test('are what the model has written, not where its files and inputs were mounted', async () => {
    await using http = await serve()
    const { run, outputs } = await ended(http)
    const job = jobOf({ a: { url: 'https://x.org/a' } }, { run: run.id })
    const files = [{ path: 'in.nml', content: '' }]
    const placed = { ...job, files, setup: { inputs: { a: { path: 'maps/a.csv' } } } }
    await writeFile(join(outputs, '../job.json'), JSON.stringify(placed))
    for (const name of ['in.nml', 'maps/a.csv']) await writeFile(join(outputs, name), '')
    const list = OutputList.parse(await (await http.ask(`/v1/runs/${run.id}/outputs`)).json())
    expect(list).toMatchObject({ total: 2, items: [{ name: 'daily.csv' }, { name: 'maps/räte "1".html' }] })
  })

  test('of an earlier attempt, one that failed, are kept and say so; hashes are those of the record', async () => {
    await using http = await serve()
    const { run, outputs } = await ended(http)
    const failure = { kind: 'model_error' as const, detail: 'exit code 3' }
    run.attempts[0]!.failure = failure
    run.outputs = [{ name: 'daily.csv', bytes: 14, sha256: 'a'.repeat(64) }]
    await writeFile(join(outputs.replace('2-2222222222222222', '1-1111111111111111'), 'half.csv'), 'half')
    const list = async (query: string) =>
      OutputList.parse(await (await http.ask(`/v1/runs/${run.id}/outputs${query}`)).json())
    const latest = await list('')
    expect(latest.items[0]).toMatchObject({ name: 'daily.csv', sha256: 'a'.repeat(64) })
    expect(latest.failure).toBeUndefined()
    const first = await list('?attempt=1')
    expect(first).toMatchObject({ attempt: 1, failure, items: [{ name: 'half.csv', bytes: 4 }] })
    expect(await (await http.ask(first.items[0]!.url!)).text()).toBe('half')
    expect((await http.ask(`/v1/runs/${run.id}/outputs?attempt=3`)).status).toBe(404)
  })

  test('are given so that a browser neither shows nor runs them', async () => {
    await using http = await serve()
    const { run } = await ended(http)
    const { headers } = await http.ask(`/v1/runs/${run.id}/outputs/maps/r%C3%A4te%20%221%22.html`)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="r_te _1_.html"; filename*=UTF-8''r%C3%A4te%20%221%22.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining('sandbox'),
    })
  })

  test.each([
    '../log.txt',
    '%2e%2e/log.txt',
    '%2E%2E%2Flog.txt',
    'maps/../../log.txt',
    'maps/..%2f..%2flog.txt',
    '../../1-1111111111111111/log.txt',
    '/etc/passwd',
    '%2Fetc%2Fpasswd',
    '//etc/passwd',
    './daily.csv',
    'maps//x',
    'daily.csv%00',
    'maps',
    'maps/',
    'link',
    'folder/passwd',
    'pipe',
  ])('%s is no output', async (name) => {
    await using http = await serve()
    const { run, outputs } = await ended(http)
    await symlink('/etc/passwd', join(outputs, 'link'))
    await symlink('/etc', join(outputs, 'folder'))
    const answer = await http.raw(request(`/v1/runs/${run.id}/outputs/${name}`))
    expect(answer).toMatch(/^HTTP\/1\.1 (404|400|301)/)
    expect(answer).not.toContain('root:')
    expect(answer).not.toContain('three')
  })
})

function put(
  http: Served,
  body: NonNullable<RequestInit['body']>,
  { type = 'application/octet-stream', ...init }: { type?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  return http.ask('/v1/files', {
    method: 'PUT',
    headers: { 'content-type': type },
    body,
    duplex: 'half',
    ...init,
  })
}

describe('uploads', () => {
  test('are stored under their hash, once', async () => {
    await using http = await serve()
    const sha256 = createHash('sha256').update(text).digest('hex')
    for (let i = 0; i < 2; i += 1) {
      const answer = await put(http, text)
      expect(answer.status).toBe(201)
      expect(await answer.json()).toEqual({ url: `store:sha256/${sha256}`, sha256, bytes: 14 })
    }
    expect(await readdir(join(http.store.root, 'files', 'sha256', sha256.slice(0, 2)))).toEqual([sha256])
  })

  test('may be larger than a request may', async () => {
    await using http = await serve()
    const answer = await put(http, new Uint8Array(8 * 2 ** 20))
    expect([answer.status, await answer.json()]).toMatchObject([201, { bytes: 8 * 2 ** 20 }])
  })

  test('too large, announced or not: 413, and nothing is kept', async () => {
    await using http = await serve({ fileBytes: 1000 })
    expect((await put(http, 'x'.repeat(1000))).status).toBe(201)
    expect((await put(http, 'x'.repeat(1001))).status).toBe(413)
    expect((await put(http, new Blob(['x'.repeat(100_000)]).stream())).status).toBe(413)
    expect(await readdir(join(http.store.root, 'files', 'incoming'))).toEqual([])
    expect(await readdir(join(http.store.root, 'files', 'sha256'))).toHaveLength(1)
  })

  test('an upload that breaks off leaves nothing', async () => {
    await using http = await serve()
    const stop = new AbortController()
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(new Uint8Array(1000))
        await expect
          .poll(() => readdir(join(http.store.root, 'files', 'incoming')).catch(() => []))
          .toHaveLength(1)
        stop.abort()
      },
    })
    await expect(put(http, body, { signal: stop.signal })).rejects.toThrow()
    await expect.poll(() => readdir(join(http.store.root, 'files', 'incoming'))).toEqual([])
  })

  test('take no other type', async () => {
    await using http = await serve()
    expect((await put(http, text, { type: 'application/json' })).status).toBe(415)
    expect((await put(http, text, { type: 'text/plain' })).status).toBe(415)
  })
})
