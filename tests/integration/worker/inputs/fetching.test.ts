/** Inputs by URL through the host's cache: fetched once, asked for again only by what the server said, never wrong. */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sendBytes, serveFiles } from '../../../support/file-server.ts'
import { until } from '../../../support/until.ts'
import { cacheIn, folderOfOurs, jobOf, never, preparationIn, sourceOf, waiting } from './preparing.ts'

const sha256 = (content: Uint8Array | string): string => createHash('sha256').update(content).digest('hex')
const plain = { sha256: undefined, isUnpacked: false }

async function contents(root: string): Promise<string[]> {
  const below = await readdir(join(root, 'sha256'), { recursive: true, withFileTypes: true })
  return below.filter((entry) => entry.isFile()).map(({ name }) => name)
}

test('fifty runs at once that want one input of 200 MB fetch it once, and all mount the same file', async () => {
  await using folder = await folderOfOurs()
  const body = Buffer.alloc(200_000_000, 'drivers of a model, year by year\n')
  using server = await serveFiles((_, response, count) => sendBytes(response, body, count))
  const { cache } = await cacheIn(`${folder.path}/cache`)
  const preparation = await preparationIn(folder.path, cache)
  const url = server.at('drivers')
  const jobs = Array.from({ length: 50 }, (_, index) =>
    jobOf({ drivers: index % 2 === 0 ? { url } : { url, sha256: sha256(body) } }),
  )
  const specs = await Promise.all(jobs.map((job) => preparation.prepare(job, waiting)))
  const sources = specs.map((spec) => sourceOf(spec, '/carya/inputs/drivers'))
  const hex = sha256(body)
  const source = join(folder.path, 'cache/sha256', hex.slice(0, 2), hex)
  expect(new Set(sources)).toEqual(new Set([source]))
  expect(server.asked).toHaveLength(1)
  expect(server.sent()).toBe(body.byteLength)
  expect((await stat(source)).mode & 0o777).toBe(0o444)
  expect(sha256(await readFile(source))).toBe(hex)
  expect((await cache.attempts.given(jobs[0]!))?.inputs).toEqual({
    drivers: { sha256: hex, bytes: body.byteLength },
  })
})

test('a run that is cancelled leaves the fetch to the others, and the last one that leaves stops it', async () => {
  await using folder = await folderOfOurs()
  const answering: ServerResponse[] = []
  let cut = 0
  using server = await serveFiles((_, response) => {
    response.writeHead(200, { 'content-length': 8 }).write('half')
    response.on('close', () => (cut += response.writableFinished ? 0 : 1))
    answering.push(response)
  })
  const { cache } = await cacheIn(folder.path)
  const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()]
  const both = [first, second].map(({ signal }) => cache.fetch(server.at('a'), plain, signal))
  await until('it is under way', () => answering.length > 0)
  first.abort(new Error('cancelled'))
  await expect(both[0]).rejects.toThrow('cancelled')
  answering[0]!.end('done')
  expect(await readFile((await both[1]!).path, 'utf8')).toBe('halfdone')
  const last = cache.fetch(server.at('b'), plain, third.signal)
  await until('the next is under way', () => answering.length === 2)
  third.abort(new Error('cancelled'))
  await expect(last).rejects.toThrow('cancelled')
  await until('the server sees that nobody listens', () => cut === 1)
  await until('nothing is left of it', async () => (await readdir(join(folder.path, 'tmp'))).length === 0)
})

/** A server whose content and validators can be changed; it answers 304 where they are the same. */
function changing(
  request: IncomingMessage,
  response: ServerResponse,
  content: string,
  headers: Record<string, string>,
) {
  const { etag, 'last-modified': modified } = headers
  const isSame =
    etag === undefined
      ? modified !== undefined && request.headers['if-modified-since'] === modified
      : request.headers['if-none-match'] === etag
  response.writeHead(isSame ? 304 : 200, headers).end(isSame ? undefined : content)
}

test.each([
  ['an ETag', { etag: '"1"' }, { etag: '"2"' }],
  [
    'the time of its last change',
    { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' },
    { 'last-modified': 'Fri, 02 Jan 2026 00:00:00 GMT' },
  ],
])('by %s a server tells that nothing has changed, or that it has', async (_, before, after) => {
  await using folder = await folderOfOurs()
  let now: { content: string; headers: Record<string, string> } = { content: 'old', headers: before }
  const statuses: number[] = []
  using server = await serveFiles((request, response) => {
    response.on('finish', () => statuses.push(response.statusCode))
    changing(request, response, now.content, now.headers)
  })
  const url = server.at('a?sig=secret')
  // each time a worker that has started anew, so that no answer holds from before
  const read = async () => {
    const { cache, told } = await cacheIn(folder.path)
    const { path, before: was } = await cache.fetch(url, plain, never)
    return { text: await readFile(path, 'utf8'), was, told }
  }
  expect(await read()).toEqual({ text: 'old', was: undefined, told: [] })
  expect(await read()).toEqual({ text: 'old', was: undefined, told: [] })
  now = { content: 'new', headers: after }
  const fields = { url: server.at('a'), before: sha256('old'), now: sha256('new') }
  expect(await read()).toEqual({
    text: 'new',
    was: sha256('old'),
    told: [{ message: 'the content of a URL has changed', fields }],
  })
  expect(statuses).toEqual([200, 304, 200])
})

test('a redirection that leads elsewhere today is followed there, also to something older', async () => {
  await using folder = await folderOfOurs()
  let latest = 'new'
  using server = await serveFiles((request, response) => {
    if (request.url === '/latest') return void response.writeHead(302, { location: `/${latest}` }).end()
    const modified = request.url === '/new' ? 'Fri, 02 Jan 2026' : 'Thu, 01 Jan 2026'
    const since = Date.parse(request.headers['if-modified-since'] ?? '')
    const isSame = Date.parse(`${modified} 00:00:00 GMT`) <= since || 'if-none-match' in request.headers
    response.writeHead(isSame ? 304 : 200, { 'last-modified': `${modified} 00:00:00 GMT`, etag: '"1"' })
    response.end(isSame ? undefined : request.url)
  })
  const read = async () => {
    const { cache } = await cacheIn(folder.path)
    return readFile((await cache.fetch(server.at('latest'), plain, never)).path, 'utf8')
  }
  expect([await read(), await read()]).toEqual(['/new', '/new'])
  latest = 'old'
  expect(await read()).toBe('/old')
})

test('without a word of the server’s it is fetched again, but not by runs that begin one after the other', async () => {
  await using folder = await folderOfOurs()
  let content = 'old'
  using server = await serveFiles((_, response) => void response.end(content))
  const { cache } = await cacheIn(folder.path)
  const preparation = await preparationIn(folder.path, cache)
  const inputs = { a: { url: server.at('a?sig=secret') } }
  const job = jobOf(inputs)
  await preparation.prepare(job, waiting)
  content = 'new'
  await preparation.prepare(jobOf(inputs), waiting)
  expect(server.asked).toHaveLength(1)
  const next = (await cacheIn(folder.path)).cache
  const later = jobOf(inputs)
  await (await preparationIn(folder.path, next)).prepare(later, waiting)
  expect(server.asked).toHaveLength(2)
  expect(await next.attempts.given(later)).toMatchObject({
    inputs: { a: { sha256: sha256('new'), bytes: 3 } },
    notes: [`input a: the content of ${server.at('a')} has changed: its SHA-256 was ${sha256('old')}`],
  })
})

test('content of a hash that is there is not asked for, whatever the URL', async () => {
  await using folder = await folderOfOurs()
  using server = await serveFiles((_, response) => void response.end('content'))
  const { cache } = await cacheIn(folder.path)
  const wanted = { sha256: sha256('content'), isUnpacked: false }
  await cache.fetch(server.at('a'), wanted, never)
  await cache.fetch(server.at('b'), wanted, never)
  await expect(
    (await cacheIn(folder.path)).cache.fetch(server.at('c'), wanted, never),
  ).resolves.toMatchObject({ bytes: 7 })
  expect(server.asked).toEqual(['GET /a'])
})

test('a hash that is new is looked for even where an answer of before still holds', async () => {
  await using folder = await folderOfOurs()
  let content = 'old'
  using server = await serveFiles((_, response) => void response.end(content))
  const { cache } = await cacheIn(folder.path)
  await cache.fetch(server.at('a'), plain, never)
  content = 'new'
  const { path } = await cache.fetch(server.at('a'), { sha256: sha256('new'), isUnpacked: false }, never)
  expect(await readFile(path, 'utf8')).toBe('new')
})

test('what is corrupted or cut short is never used', async () => {
  await using folder = await folderOfOurs()
  const whole = Buffer.alloc(300_000, 'whole')
  const damaged = Buffer.from(whole)
  damaged[150_000] = 0
  using server = await serveFiles((request, response) => {
    if (request.url === '/damaged') response.end(damaged)
    // cut by the server, by a length that is not kept, and by chunks without an end
    else if (request.url === '/cut')
      response
        .writeHead(200, { 'content-length': whole.byteLength })
        .write(whole.subarray(1), () => response.destroy())
    else if (request.url === '/chunks') response.write(whole, () => response.destroy())
    else response.end(whole)
  })
  const { cache } = await cacheIn(folder.path)
  const wanted = { sha256: sha256(whole), isUnpacked: false }
  await expect(cache.fetch(server.at('damaged'), wanted, never)).rejects.toThrow(
    `its SHA-256 is ${sha256(damaged)}, not ${sha256(whole)}`,
  )
  for (const path of ['cut', 'chunks']) {
    await expect(cache.fetch(server.at(path), wanted, never)).rejects.toThrow('the server broke off')
    await expect(cache.fetch(server.at(path), plain, never)).rejects.toThrow('the server broke off')
  }
  expect(await contents(folder.path)).not.toContain(sha256(whole))
  for (const hex of await contents(folder.path))
    expect(sha256(await readFile(join(folder.path, 'sha256', hex.slice(0, 2), hex)))).toBe(hex)
  expect(await readdir(join(folder.path, 'tmp'))).toEqual([])
  expect(await cache.fetch(server.at('whole'), wanted, never)).toMatchObject({ sha256: sha256(whole) })
})

test('one that is too large is refused before it is fetched, or as soon as it shows', async () => {
  await using folder = await folderOfOurs()
  const large = Buffer.alloc(5000)
  using server = await serveFiles((request, response, count) =>
    request.url === '/told'
      ? sendBytes(response, large, count)
      : void response.write(large, () => response.end()),
  )
  const { cache } = await cacheIn(folder.path, { limit: 4999 })
  for (const path of ['told', 'untold'])
    await expect(cache.fetch(server.at(path), plain, never)).rejects.toThrow('larger than 4999 bytes')
})
