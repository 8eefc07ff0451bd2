/** Preparations that wait for a server: what else can go on beside them. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { serveFiles } from '../../../support/file-server.ts'
import { until } from '../../../support/until.ts'
import { cacheIn, folderOfOurs, jobOf, never, preparationIn } from './preparing.ts'

/** More than there are turns of any kind. */
const MANY = 100

test('preparations that wait for a server keep no others back, and those that are let go wait no more', async () => {
  await using folder = await folderOfOurs()
  // hears requests and never answers
  using server = await serveFiles(() => {})
  const { cache } = await cacheIn(`${folder.path}/cache`)
  const preparation = await preparationIn(folder.path, cache)
  const letGo = new AbortController()
  const told = new Set<string>()
  const waiting = Array.from({ length: MANY }, (_, index) =>
    preparation.prepare(jobOf({ drivers: { url: server.at(String(index)) } }), {
      signal: letGo.signal,
      tell: (how) => told.add(how),
    }),
  )
  const ends = Promise.allSettled(waiting)
  await until('the server was asked', () => server.asked.length > 0)
  expect(await preparation.prepare(jobOf(), { signal: never })).toHaveProperty('image')
  expect([...told]).toEqual(['fetches input drivers'])
  letGo.abort(new Error('let go'))
  for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: letGo.signal.reason })
})

test('a run that lacks one input does not wait for the others', async () => {
  await using folder = await folderOfOurs()
  let isLeft = false
  using server = await serveFiles((request, response) => {
    if (request.url === '/slow') response.on('close', () => (isLeft = true)).write('content')
    else response.writeHead(404).end()
  })
  const { cache } = await cacheIn(`${folder.path}/cache`)
  const preparation = await preparationIn(folder.path, cache)
  const inputs = {
    a: { url: server.at('slow') },
    b: { url: server.at('none') },
    c: { url: server.at('slow') },
  }
  expect(await preparation.prepare(jobOf(inputs), { signal: never })).toEqual({
    kind: 'input_unavailable',
    detail: `input b (${server.at('none')}): the server answered 404`,
  })
  await until('the transfer has ended', () => isLeft)
})

test('a folder is given again under the hash that was told of it, until something in it has changed', async () => {
  await using folder = await folderOfOurs()
  const { cache } = await cacheIn(join(folder.path, 'cache'))
  const data = join(folder.path, 'data')
  await mkdir(join(data, 'deep'), { recursive: true })
  await writeFile(join(data, 'deep', 'soil.txt'), 'clay\n')
  const { href: url } = pathToFileURL(data)
  const prepare = async (sha256?: string) => {
    const job = jobOf({ soil: sha256 === undefined ? { url } : { url, sha256 } })
    // each as another worker would: none remembers what the last one has seen
    const spec = await (await preparationIn(folder.path, cache, [data])).prepare(job, { signal: never })
    return { spec, given: await cache.attempts.given(job) }
  }
  const { given } = await prepare()
  const told = given?.inputs['soil']?.sha256
  expect(told).toMatch(/^[0-9a-f]{64}$/)
  expect((await prepare(told)).spec).toHaveProperty('image')
  await writeFile(join(data, 'deep', 'soil.txt'), 'sand\n')
  expect((await prepare(told)).spec).toMatchObject({
    kind: 'input_unavailable',
    detail: expect.stringContaining(`not ${String(told)}`),
  })
})
