/** Archives are unpacked once, below one folder, or refused with a word that says why. */
import { access, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { tarGzOf, tarOf, zipOf } from '../../../support/archives.ts'
import { serveFiles } from '../../../support/file-server.ts'
import { cacheIn, folderOfOurs, jobOf, never, preparationIn, sourceOf, waiting } from './preparing.ts'

const archive = { sha256: undefined, isUnpacked: true }
const KIB = 1024

async function unpack(body: Uint8Array) {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(await folderOfOurs())
  const server = stack.use(await serveFiles((_, response) => void response.end(body)))
  const { cache } = await cacheIn(folder.path, { limit: 64 * KIB, mostEntries: 500 })
  const cached = await cache.fetch(server.at('a'), archive, never)
  const names = (await readdir(cached.path, { recursive: true })).toSorted()
  const found: Record<string, string> = {}
  for (const name of names) {
    const stats = await lstat(join(cached.path, name))
    const mode = (stats.mode & 0o7777).toString(8)
    found[name] = stats.isFile() ? `${mode} ${await readFile(join(cached.path, name), 'utf8')}` : mode
  }
  return found
}

const GOOD = {
  a: '755',
  'a/b': '755',
  'a/b/c.txt': '444 deep',
  'a/run.sh': '555 #!/bin/sh',
  'top.txt': '444 top',
}

test.each([
  [
    'tar',
    tarOf(
      { name: './', type: '5' },
      { name: './a/', type: '5', mode: 0o700 },
      { name: './a/b/c.txt', content: 'deep', mode: 0o600 },
      { name: 'a/run.sh', content: '#!/bin/sh', mode: 0o755 },
      { name: 'top.txt', content: 'top', mode: 0o666 },
    ),
  ],
  [
    'tar.gz, with bits that raise privileges',
    tarGzOf(
      { name: 'a/b/c.txt', content: 'deep' },
      { name: 'a/run.sh', content: '#!/bin/sh', mode: 0o6755 },
      { name: 'top.txt', content: 'top' },
    ),
  ],
  [
    'zip',
    zipOf(
      { name: 'a/', mode: 0o040_755 },
      { name: 'a/b/c.txt', content: 'deep' },
      { name: 'a/run.sh', content: '#!/bin/sh', mode: 0o104_755 },
      { name: 'top.txt', content: 'top', mode: 0 },
    ),
  ],
])('a good one is unpacked: %s', async (_, body) => {
  expect(await unpack(body)).toEqual(GOOD)
})

const plain = { name: 'x', content: 'x' }
const many = Array.from({ length: 501 }, (_, index) => ({ name: `d/${index}`, type: '5' }))
const deep = Array.from({ length: 11 }, (_, index) => ({ name: `${index}/${'d/'.repeat(46)}x` }))
const repeated = Array.from({ length: 501 }, () => ({ name: 'd/', type: '5' }))

test('folders that are told of after what lies in them count once', async () => {
  const files = Array.from({ length: 250 }, (_, index) => ({ name: `${index}/x` }))
  const folders = Array.from({ length: 250 }, (_, index) => ({ name: `${index}/`, type: '5' }))
  expect(Object.keys(await unpack(tarGzOf(...files, ...folders)))).toHaveLength(500)
})

test('the label of a tape is no part of what is in it', async () => {
  expect(await unpack(tarOf({ name: 'label', type: 'V' }, plain))).toEqual({ x: '444 x' })
})

test('what comes after the end of an archive is not looked at', async () => {
  expect(await unpack(Buffer.concat([tarOf(plain), Buffer.alloc(20_000, 'padding')]))).toEqual({ x: '444 x' })
})

test.each([
  ['an absolute name', tarOf({ name: '/etc/x' }), 'an absolute name: "/etc/x"'],
  ['a name that climbs', tarOf({ name: 'a/../../x' }), 'leads out of it: "a/../../x"'],
  ['a name with odd characters', tarOf({ name: 'a\nb' }), 'odd characters'],
  ['a link', tarOf({ name: 'l', type: '2', link: '/etc' }, { name: 'l/x' }), '"l" (SymbolicLink)'],
  ['a hard link', tarOf({ name: 'l', type: '1', link: '/etc/passwd' }), '"l" (Link)'],
  ['a device', tarOf({ name: 'd', type: '3' }), '"d" (CharacterDevice)'],
  ['a disk', tarOf({ name: 'd', type: '4' }), '"d" (BlockDevice)'],
  ['a FIFO', tarOf({ name: 'f', type: '6' }), '"f" (FIFO)'],
  ['a file without its holes', tarOf(plain, { name: 's', type: 'S' }), 'make it without --sparse'],
  [
    'a newer one',
    tarOf({ name: 'h', type: 'x', content: '22 GNU.sparse.major=1\n' }, { name: 'GNUSparseFile.1/s' }),
    'make it without --sparse',
  ],
  ['part of a file', tarOf(plain, { name: 'p', type: 'M' }), '"p" (ContinuationFile)'],
  ['what nobody knows', tarOf(plain, { name: 'u', type: 'E' }), '"u" (Unsupported)'],
  ['a name twice', tarOf(plain, { name: './x', content: 'y' }), 'it holds "x" twice'],
  ['a file that is a folder too', tarOf(plain, { name: 'x/y' }), 'both as a file and a folder'],
  ['a bomb of bytes', tarGzOf({ name: 'zeros', content: new Uint8Array(2 ** 20) }), 'more than 65536 bytes'],
  ['a bomb of nothing', gzipSync(new Uint8Array(30_000_000)), 'Unrecognized archive format'],
  ['a bomb of names', gzipSync(tarOf(...many)), 'more than 500 files and folders'],
  ['a bomb of folders', gzipSync(tarOf(...deep)), 'more than 500 files and folders'],
  ['a bomb of one folder', gzipSync(tarOf(...repeated)), 'more than 500 files and folders'],
  ['a zip that is a bomb of folders', zipOf(...deep), 'more than 500 files and folders'],
  ['one that is packed twice', gzipSync(tarGzOf(plain)), 'packed twice'],
  ['a tar that is cut', tarOf(plain, plain).subarray(0, 1024), 'its end is missing'],
  [
    'a tar that is cut within a file',
    tarOf({ name: 'x', content: 'x'.repeat(999) }).subarray(0, 1000),
    'Truncated',
  ],
  ['a tar.gz that is cut', tarGzOf(plain).subarray(0, 60), 'unexpected end of file'],
  ['a tar that is damaged', tarOf(plain, plain).fill(1, 1100, 1200), 'checksum failure'],
  ['a zip whose names climb', zipOf({ name: '../x' }), 'invalid relative path: ../x'],
  ['a zip with an absolute name', zipOf({ name: '/x' }), 'absolute path: /x'],
  ['a zip with a link', zipOf({ name: 'l', content: '/etc', mode: 0o120_777 }), '"l" (mode 120777)'],
  ['a zip with a name twice', zipOf(plain, plain), 'it holds "x" twice'],
  ['a zip that is damaged', zipOf({ ...plain, crc: 1 }), '"x" has another checksum'],
  ['a zip that is cut', zipOf(plain).subarray(0, 60), 'cannot be unpacked'],
  ['a zip that is too large', zipOf({ name: 'x', content: 'x'.repeat(70_000) }), 'larger than 65536 bytes'],
  ['a text', Buffer.from('day,gpp\n1,2.5\n'.repeat(100)), 'neither tar, tar.gz nor zip'],
  ['nothing', Buffer.alloc(0), 'neither tar, tar.gz nor zip'],
])('%s is refused with a clear word', async (_, body, word) => {
  await expect(unpack(body)).rejects.toThrow(word)
})

test('twenty runs that want what is in one archive fetch and unpack it once, and after a restart neither', async () => {
  await using folder = await folderOfOurs()
  const body = tarGzOf({ name: 'a/x', content: 'x' })
  using server = await serveFiles((request, response) => {
    const isSame = request.headers['if-none-match'] === '"1"'
    response.writeHead(isSame ? 304 : 200, { etag: '"1"' }).end(isSame ? undefined : body)
  })
  const root = join(folder.path, 'cache')
  const prepare = async (cache: Awaited<ReturnType<typeof cacheIn>>['cache']) => {
    const preparation = await preparationIn(folder.path, cache)
    const job = jobOf({ data: { url: server.at('a') } }, { setup: { inputs: { data: { unpack: true } } } })
    return sourceOf(await preparation.prepare(job, waiting), '/carya/inputs/data')
  }
  const { cache } = await cacheIn(root)
  const sources = new Set(await Promise.all(Array.from({ length: 20 }, () => prepare(cache))))
  expect(sources.size).toBe(1)
  const [source = ''] = sources
  const made = await lstat(source, { bigint: true })
  expect(server.asked).toHaveLength(1)
  expect(await prepare((await cacheIn(root)).cache)).toBe(source)
  expect(server.asked).toHaveLength(2)
  expect((await lstat(source, { bigint: true })).birthtimeNs).toBe(made.birthtimeNs)
})

test('what was unpacked before the host went down is unpacked again', async () => {
  await using folder = await folderOfOurs()
  using server = await serveFiles((_, response) => void response.end(tarOf(plain)))
  const { cache } = await cacheIn(folder.path)
  const { path, sha256, release } = await cache.fetch(server.at('a'), archive, never)
  release()
  const { birthtimeNs } = await lstat(path, { bigint: true })
  // it may not have been unpacked whole
  await rm(join(path, 'x'))
  const next = await cacheIn(folder.path, { bootId: 'another' })
  const again = await next.cache.fetch(server.at('a'), { sha256, isUnpacked: true }, never)
  expect((await lstat(again.path, { bigint: true })).birthtimeNs).not.toBe(birthtimeNs)
  expect(await readFile(join(again.path, 'x'), 'utf8')).toBe('x')
  expect(server.asked).toHaveLength(1)
})

test('a worker that has not its name yet removes nothing, and what lies astray keeps it from nothing', async () => {
  await using folder = await folderOfOurs()
  using server = await serveFiles((_, response) => void response.end(tarOf(plain)))
  const { cache } = await cacheIn(folder.path)
  const { path, sha256 } = await cache.fetch(server.at('a'), archive, never)
  for (const stray of ['sha256/stray', 'trees/stray']) await writeFile(join(folder.path, stray), '')
  await mkdir(join(folder.path, 'sha256/00', '0'.repeat(64)), { recursive: true })
  const { cache: next } = await cacheIn(folder.path, { bootId: 'another' })
  expect(await readFile(join(path, 'x'), 'utf8')).toBe('x')
  expect(await next.have('0'.repeat(64), false, never)).toBeUndefined()
  await next.sweep([])
  await expect(access(path)).rejects.toThrow('ENOENT')
  expect(await readdir(join(folder.path, 'trees'))).toEqual([])
  const again = await next.have(sha256, true, never)
  expect(await readFile(join(again!.path, 'x'), 'utf8')).toBe('x')
  await next.sweep([])
  await access(path)
})

test('what another process has unpacked before this one had the name stays under the models that have it', async () => {
  await using folder = await folderOfOurs()
  using server = await serveFiles((_, response) => void response.end(tarOf(plain)))
  const { cache: next } = await cacheIn(folder.path)
  const { cache } = await cacheIn(folder.path)
  const inputs = { a: { url: server.at('a') } }
  const setup = { inputs: { a: { unpack: true } } }
  const preparation = await preparationIn(folder.path, cache)
  const job = jobOf(inputs, { setup })
  const path = sourceOf(await preparation.prepare(job, waiting), '/carya/inputs/a')
  const made = await lstat(path, { bigint: true })

  next.attempts.recall(job)
  await next.sweep([job])
  const beside = await preparationIn(folder.path, next)
  expect(sourceOf(await beside.prepare(jobOf(inputs, { setup }), waiting), '/carya/inputs/a')).toBe(path)
  expect((await lstat(path, { bigint: true })).ino).toBe(made.ino)
})
