/** What leaves the cache when room is needed, and what never does. */
import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serveFiles } from '../../../support/file-server.ts'
import type { Cache } from '../../../../services/worker/src/host/cache/cache.ts'
import { cacheIn, folderOfOurs, jobOf, never, preparationIn, sourceOf, waiting } from './preparing.ts'

const SIZE = 2 ** 16
const plain = { sha256: undefined, isUnpacked: false }

/** Content is its path, again and again. */
const contentOf = (path: string): Buffer => Buffer.alloc(SIZE, path)
const serve = () =>
  serveFiles((request, response, count) => {
    count(SIZE)
    response
      .writeHead(200, { 'content-length': SIZE, etag: '"always"' })
      .end(contentOf(request.url!.slice(1)))
  })

async function use(cache: Cache, url: string): Promise<void> {
  const { release } = await cache.fetch(url, plain, never)
  release()
}

/** Which of the paths have their content in the cache. */
async function there(root: string, paths: string[]): Promise<string[]> {
  const names = new Set(await readdir(join(root, 'sha256'), { recursive: true }))
  return paths.filter((path) => {
    const hex = createHash('sha256').update(contentOf(path)).digest('hex')
    return names.has(join(hex.slice(0, 2), hex))
  })
}

test('the least recently used leaves, also after a restart', async () => {
  await using folder = await folderOfOurs()
  using server = await serve()
  const all = ['a', 'b', 'c', 'd', 'e']
  const { cache } = await cacheIn(folder.path, { size: 3 * SIZE })
  for (const path of ['a', 'b', 'c']) await use(cache, server.at(path))
  await use(cache, server.at('a'))
  await use(cache, server.at('d'))
  expect(await there(folder.path, all)).toEqual(['a', 'c', 'd'])
  const next = await cacheIn(folder.path, { size: 3 * SIZE })
  await use(next.cache, server.at('c'))
  await use(next.cache, server.at('e'))
  expect(await there(folder.path, all)).toEqual(['c', 'd', 'e'])
})

test('what an attempt has stays until it is let go, however full the cache is, also for the next process', async () => {
  await using folder = await folderOfOurs()
  using server = await serve()
  const root = `${folder.path}/cache`
  const options = { size: SIZE }
  const { cache } = await cacheIn(root, options)
  const preparation = await preparationIn(folder.path, cache)
  const job = jobOf({ a: { url: server.at('a') } })
  const path = sourceOf(await preparation.prepare(job, waiting), '/carya/inputs/a')
  for (const other of ['b', 'c']) await use(cache, server.at(other))
  expect(await readFile(path)).toEqual(contentOf('a'))

  const next = await cacheIn(root, options)
  next.cache.attempts.recall(job)
  await next.cache.sweep([job])
  for (const other of ['d', 'e']) await use(next.cache, server.at(other))
  expect(await readFile(path)).toEqual(contentOf('a'))
  expect(await next.cache.attempts.given(job)).toMatchObject({ inputs: { a: { bytes: SIZE } } })

  await next.cache.attempts.release(job)
  await use(next.cache, server.at('f'))
  await expect(readFile(path)).rejects.toThrow('ENOENT')
})

test('what no attempt has any more is forgotten when the worker has looked what it holds', async () => {
  await using folder = await folderOfOurs()
  using server = await serve()
  const root = `${folder.path}/cache`
  const { cache } = await cacheIn(root)
  const job = jobOf({ a: { url: server.at('a') } })
  await (await preparationIn(folder.path, cache)).prepare(job, waiting)
  const next = await cacheIn(root)
  await next.cache.sweep([])
  next.cache.attempts.recall(job)
  expect(await next.cache.attempts.given(job)).toBeUndefined()
})

test('many runs that want more than the cache holds all get what they want', async () => {
  await using folder = await folderOfOurs()
  using server = await serve()
  const { cache } = await cacheIn(folder.path, { size: 2 * SIZE })
  const runs = Array.from({ length: 16 }, async (_, index) => {
    const path = `input-${index % 4}`
    const claimed = await cache.fetch(server.at(path), plain, never)
    expect(await readFile(claimed.path)).toEqual(contentOf(path))
    claimed.release()
  })
  await Promise.all(runs)
})

test('something that was removed by hand is fetched again', async () => {
  await using folder = await folderOfOurs()
  using server = await serve()
  const { cache } = await cacheIn(folder.path)
  const { path, sha256, release } = await cache.fetch(server.at('a'), plain, never)
  release()
  await rm(path)
  const again = await cache.fetch(server.at('a'), { sha256, isUnpacked: false }, never)
  expect(await readFile(again.path)).toEqual(contentOf('a'))
})
