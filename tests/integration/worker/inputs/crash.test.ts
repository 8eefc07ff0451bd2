/** A worker that is killed while it fetches leaves nothing behind that another takes for content. */
import { fork, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tarGzOf } from '../../../support/archives.ts'
import { serveFiles } from '../../../support/file-server.ts'
import { until } from '../../../support/until.ts'
import { cacheIn, folderOfOurs, never } from './preparing.ts'

const CHILD = new URL('killed-fetch.ts', import.meta.url).pathname
const UNPACKS = new URL('../../../../services/worker/src/host/cache/unpack-child.ts', import.meta.url)
const BODY = Buffer.alloc(6_000_000, 'weather at Seattle\n')
const SHA256 = createHash('sha256').update(BODY).digest('hex')

test.each([0, 1, 3_000_000, BODY.byteLength - 1, BODY.byteLength])(
  'killed after %d bytes, the next process fetches it whole',
  async (bytes) => {
    await using folder = await folderOfOurs()
    let held: ServerResponse | undefined
    using server = await serveFiles((_, response) => {
      response.writeHead(200, { 'content-length': BODY.byteLength, etag: '"1"' })
      if (held) response.end(BODY)
      else {
        held = response
        response.write(BODY.subarray(0, bytes))
      }
    })
    const child = spawn(process.execPath, [CHILD, folder.path, server.at('a')], { stdio: 'inherit' })
    const ended = once(child, 'exit')
    await until('it writes', async () => (await readdir(folder.path)).includes('tmp') && held)
    if (bytes > 2 ** 20)
      await until('something has been written', async () => (await written(folder.path)) >= 2 ** 20)
    child.kill('SIGKILL')
    await ended

    const { cache } = await cacheIn(folder.path)
    await cache.sweep([])
    expect(await readdir(join(folder.path, 'tmp'))).toEqual([])
    const { path, sha256 } = await cache.fetch(
      server.at('a'),
      { sha256: undefined, isUnpacked: false },
      never,
    )
    expect(sha256).toBe(SHA256)
    expect(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(SHA256)
    expect(await readdir(join(folder.path, 'sha256', SHA256.slice(0, 2)))).toEqual([SHA256])
  },
)

async function written(root: string): Promise<number> {
  const sizes = (await readdir(join(root, 'tmp'))).map(async (name) => {
    const content = await readFile(join(root, 'tmp', name))
    return content.byteLength
  })
  return Math.max(0, ...(await Promise.all(sizes)))
}

test('killed when it was done, it is fetched no more', async () => {
  await using folder = await folderOfOurs()
  using server = await serveFiles((request, response) => {
    const isSame = request.headers['if-none-match'] === '"1"'
    response.writeHead(isSame ? 304 : 200, { etag: '"1"' }).end(isSame ? undefined : BODY)
  })
  const child = spawn(process.execPath, [CHILD, folder.path, server.at('a')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await ended
  const { cache } = await cacheIn(folder.path)
  await cache.sweep([])
  const { sha256 } = await cache.fetch(server.at('a'), { sha256: SHA256, isUnpacked: false }, never)
  expect(sha256).toBe(SHA256)
  expect(server.asked).toHaveLength(1)
})

test('an archive is unpacked no further when the worker is gone', async () => {
  await using folder = await folderOfOurs()
  const [archive, into] = [join(folder.path, 'a.tar.gz'), join(folder.path, 'files')]
  const names = Array.from({ length: 20_000 }, (_, index) => String(index))
  await writeFile(archive, tarGzOf(...names.map((name) => ({ name, content: name }))))
  await mkdir(into)
  const child = fork(UNPACKS, [archive, into, String(2 ** 30), '100000'])
  const ended = once(child, 'exit')
  await until('it writes', async () => (await readdir(into)).length > 0)
  child.disconnect()
  await ended
  expect((await readdir(into)).length).toBeLessThan(names.length)
})
