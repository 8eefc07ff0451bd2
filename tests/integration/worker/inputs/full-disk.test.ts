/** A disk that is full, of the cache alone: a small file system of the test’s own. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { mountLoop, needLoop } from '../../../chaos/outputs/loop-store.ts'
import { serveFiles } from '../../../support/file-server.ts'
import { cacheIn, folderOfOurs, jobOf, never, preparationIn, waiting } from './preparing.ts'

const MIB = 2 ** 20
const DISK = 96 * MIB

beforeEach(needLoop)

/** Content of so many MiB, `/<MiB>`; `/<MiB>?untold` without a length. */
const serve = () =>
  serveFiles((request, response) => {
    const url = new URL(request.url!, 'http://x')
    const body = Buffer.alloc(Number(url.pathname.slice(1)) * MIB, request.url)
    if (url.search !== '?untold') response.setHeader('content-length', body.byteLength)
    response.end(body)
  })

test('fails the runs concerned with a clear word, and the host goes on', async () => {
  await using folder = await folderOfOurs()
  await using disk = await mountLoop(DISK)
  using server = await serve()
  const { cache } = await cacheIn(disk.path, { size: undefined })
  const preparation = await preparationIn(folder.path, cache)
  const run = (path: string) => {
    const job = jobOf({ drivers: { url: server.at(path) } })
    return { job, spec: preparation.prepare(job, waiting) }
  }
  const small = run('8')
  expect(await small.spec).toHaveProperty('image')

  for (const path of ['200', '200?untold']) {
    const spec = await run(path).spec
    expect(spec).toMatchObject({ kind: 'input_unavailable' })
    expect(spec).toHaveProperty(
      'detail',
      expect.stringMatching(
        /drivers .*: no space left for it on the disk of the cache \(.*\): it needs .* are free/,
      ),
    )
  }
  expect(await readdir(join(disk.path, 'tmp'))).toEqual([])
  expect(await run('8').spec).toHaveProperty('image')
  expect(await preparation.prepare(jobOf(), waiting)).toHaveProperty('image')

  // what others do not use any more leaves, and the next one has its place
  await cache.attempts.release(small.job)
  expect(await run('4?untold').spec).toHaveProperty('image')
})

test('makes leave what nobody uses, with and without a length that is told', async () => {
  await using disk = await mountLoop(DISK)
  using server = await serve()
  const { cache } = await cacheIn(disk.path, { size: 2 ** 30 })
  const wanted = { sha256: undefined, isUnpacked: false }
  for (const path of ['20', '21?untold', '22', '23?untold']) {
    const { release, bytes } = await cache.fetch(server.at(path), wanted, never)
    expect(bytes).toBe(Number.parseInt(path, 10) * MIB)
    release()
  }
})
