/** What else the dispatcher may ask of a worker, and what runs ask of it: log lines, progress, digests, inputs. */
import { createServer } from 'node:http'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '@carya/store'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install, type Installation } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { direct, tokenOf, type Director } from './director.ts'

let installation: Installation
let director: Director
let files: string

beforeAll(async () => {
  installation = await install()
  files = await mkdtemp(join(tmpdir(), 'carya-inputs-'))
  director = await direct(installation)
  director.welcome('w1')
  await installation.worker('w1', {
    CARYA_WORKER_CPUS: '4',
    CARYA_FILE_ROOTS: files,
    CARYA_ALLOW_PRIVATE_URLS: 'yes',
    CARYA_MAX_INPUT: '1MiB',
  })
})
afterAll(async () => {
  await director[Symbol.asyncDispose]()
  await installation[Symbol.asyncDispose]()
  await rm(files, { recursive: true, force: true })
})

test('heartbeats tell how far a model is, and bring the log lines that were asked for', async () => {
  const job = await director.offer(
    director.job(
      'echo first; echo "::progress 0.25"; until [ -e /tmp/never ]; do sleep 0.2; echo again; done',
      {
        lease: 4,
      },
    ),
  )
  const mine = ({ run }: { run: string }) => run === job.run
  await director.beat((beat) => beat.attempts.some((each) => mine(each) && each.progress === 0.25))
  await director.order('w1', { do: 'tail', ...tokenOf(job), from: 6 })
  const beat = await director.beat(({ logs }) => logs?.some(mine) === true)
  const chunk = beat.logs!.find(mine)!
  expect(chunk.from).toBe(6)
  expect(chunk.text).toMatch(/^::progress 0.25\nagain\n/)
  const then = await director.beat(({ logs }) => logs?.some(mine) === true)
  expect(then.logs!.find(mine)!.from).toBe(6 + chunk.text.length)
  expect(then.interval).toBeLessThanOrEqual(1)
  await director.order('w1', { do: 'stop', ...tokenOf(job), reason: 'enough' })
  expect((await director.finished(job)).outcome).toBe('stopped')
})

test('the digest of an image is found, or why there is none', async () => {
  const id = await testImage()
  const image = { name: TEST_IMAGE, digest: id, by: 'id' }
  await director.order('w1', { do: 'resolve', request: 'a', image: TEST_IMAGE })
  await director.order('w1', { do: 'resolve', request: 'b', image: '127.0.0.1:1/no/such:image' })
  const resolved = (request: string) =>
    director.seen(`the answer to ${request}`, () =>
      director.reports
        .map(({ report }) => report)
        .find((each) => each.kind === 'resolved' && each.request === request),
    )
  expect(await resolved('a')).toMatchObject({ image })
  expect(await resolved('b')).toMatchObject({ error: expect.stringContaining('cannot be pulled') })
})

describe('an input', () => {
  const TEXT = 'day,gpp\n1,2.5\n'
  const SHA256 = createHash('sha256').update(TEXT).digest('hex')
  const OTHER = createHash('sha256').update('other').digest('hex')

  async function read(url: string, sha256?: string) {
    const inputs = { 'drivers.csv': { url, ...(sha256 === undefined ? {} : { sha256 }) } }
    const script =
      'cat /carya/inputs/drivers.csv; (echo x > /carya/inputs/drivers.csv) 2>/dev/null && echo written'
    const job = await director.offer(director.job(`${script}; exit 0`, { inputs }))
    const { failure, logTail, exitCode } = await director.finished(job)
    return failure ? { [failure.kind]: failure.detail, exitCode } : logTail
  }
  const unavailable = (detail: string) => ({
    input_unavailable: expect.stringContaining(detail),
    exitCode: null,
  })

  test('is read from the store', async () => {
    const store = await openStore(installation.store)
    await store.put(
      (async function* () {
        yield Buffer.from(TEXT)
      })(),
      { limit: 100 },
    )
    expect(await read(`store:sha256/${SHA256}`)).toBe(TEXT)
    expect(await read(`store:sha256/${OTHER}`)).toEqual(unavailable('no such file'))
    expect(await read(`store:sha256/${SHA256}`, SHA256)).toBe(TEXT)
    expect(await read(`store:sha256/${SHA256}`, OTHER)).toEqual(unavailable(`its SHA-256 is ${SHA256}`))
  })

  test('is read from a folder that the operator has opened, and from no other', async () => {
    await writeFile(join(files, 'good.csv'), TEXT)
    await mkdir(join(files, 'sub'))
    await symlink('/etc/passwd', join(files, 'sub/link'))
    expect(await read(`file://${files}/good.csv`)).toBe(TEXT)
    expect(await read(`file://${files}/good.csv`, SHA256)).toBe(TEXT)
    expect(await read(`file://${files}/good.csv`, OTHER)).toEqual(unavailable(`its SHA-256 is ${SHA256}`))
    for (const path of ['/etc/passwd', `${files}/sub/link`, `${files}/../x`, `${files}/none`])
      expect(await read(`file://${path}`)).toEqual(
        unavailable('not in a folder that the operator has opened'),
      )
  })

  test('is fetched from a web server, whole and as it should be, or not at all', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/good') response.end(TEXT)
      else if (request.url === '/moved') response.writeHead(302, { location: '/good' }).end()
      else if (request.url === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end()
      else if (request.url === '/loop') response.writeHead(302, { location: '/loop' }).end()
      else if (request.url === '/large') response.end(Buffer.alloc(2 * 2 ** 20))
      else if (request.url === '/cut')
        response.writeHead(200, { 'content-length': '99' }).write('half', () => response.destroy())
      else response.writeHead(404).end()
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
    const address = server.address()
    if (typeof address !== 'object' || address === null) throw new Error('the server does not listen')
    const at = (path: string) => `http://127.0.0.1:${address.port}/${path}`
    try {
      expect(await read(at('good'), SHA256)).toBe(TEXT)
      expect(await read(at('moved'))).toBe(TEXT)
      expect(await read(at('good'), OTHER)).toEqual(unavailable(`its SHA-256 is ${SHA256}`))
      expect(await read(at('none'))).toEqual(unavailable('the server answered 404'))
      expect(await read(at('file'))).toEqual(unavailable('redirected to file:'))
      expect(await read(at('loop'))).toEqual(unavailable('redirected more than 5 times'))
      expect(await read(at('large'))).toEqual(unavailable('larger than 1048576 bytes'))
      expect(await read(at('cut'))).toEqual(unavailable('the server broke off'))
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

test('a worker that is drained finishes what it has, and takes nothing more until it is resumed', async () => {
  const job = await director.offer(director.job('sleep 4'))
  await director.report('started', job)
  await director.order('w1', { do: 'drain' })
  await director.beat(({ draining }) => draining)
  const next = await director.offer(director.job('true'))
  expect((await director.finished(job)).outcome).toBe('succeeded')
  await director.beat(({ attempts }) => attempts.length === 0)
  expect(director.about(next)).toEqual([])
  await director.order('w1', { do: 'resume' })
  await director.beat(({ draining }) => !draining)
  expect((await director.finished(next)).outcome).toBe('succeeded')
})
