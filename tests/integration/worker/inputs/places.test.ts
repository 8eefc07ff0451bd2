/** Inputs and parameter files where a model wants them, in real containers, and what the worker reports of them. */
import { attemptFolder, type Finished, type Job } from '@carya/contracts'
import { openStore } from '@carya/store'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tarGzOf, tarOf, zipOf } from '../../../support/archives.ts'
import { sendBytes, serveFiles, type FileServer } from '../../../support/file-server.ts'
import { install, type Installation } from '../../../support/stack.ts'
import { until } from '../../../support/until.ts'
import { direct, type Director } from '../director.ts'

const CSV = 'day,gpp\n1,2.5\n'
const LARGE = Buffer.alloc(8 * 2 ** 20, CSV)
const ARCHIVES = {
  '/a.tar': tarOf({ name: 'met/day.csv', content: CSV }),
  '/a.tar.gz': tarGzOf({ name: 'met/day.csv', content: CSV }),
  '/a.zip': zipOf({ name: 'met/day.csv', content: CSV }),
}
const sha256 = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

let installation: Installation
let director: Director
let files: string
let server: FileServer
let worker: Awaited<ReturnType<Installation['worker']>>

beforeAll(async () => {
  installation = await install()
  files = await mkdtemp(join(tmpdir(), 'carya-inputs-'))
  server = await serveFiles((request, response, count) => {
    const archive = Object.entries(ARCHIVES).find(([path]) => path === request.url)
    sendBytes(response, archive?.[1] ?? LARGE, count)
  })
  director = await direct(installation)
  director.welcome('w1')
  await startWorker()
})
async function startWorker() {
  worker = await installation.worker('w1', {
    CARYA_WORKER_CPUS: '16',
    CARYA_ALLOW_PRIVATE_URLS: 'yes',
    CARYA_FILE_ROOTS: files,
  })
}
afterAll(async () => {
  await director[Symbol.asyncDispose]()
  await installation[Symbol.asyncDispose]()
  server[Symbol.dispose]()
  await rm(files, { recursive: true, force: true })
})

async function run(script: string, more: Partial<Job>): Promise<Finished & { job: Job }> {
  const needs = ['files', 'setup', 'unpack']
  const job = await director.offer(director.job(script, { needs, ...more }))
  return { ...(await director.finished(job)), job }
}
const outputsOf = (job: Job): string => join(installation.store, attemptFolder(job), 'outputs')

describe('what a model is given', () => {
  test('stands in its working folder or where else it wants it, and cannot be written', async () => {
    await writeFile(join(files, 'drivers.csv'), CSV)
    const { logTail, outcome, outputs, outputsTotal, job } = await run(
      `pwd; cat in.nml sub/deep.txt met/drivers.csv /opt/model/x /carya/inputs/other
       for each in in.nml sub/deep.txt met/drivers.csv /opt/model/x /carya/inputs/other; do
         (echo x > $each) 2>/dev/null && echo "wrote $each"; done
       rm in.nml 2>/dev/null && echo removed; mv in.nml y 2>/dev/null && echo moved
       echo mine > sub/result.txt; echo mine > result.txt; true`,
      {
        files: [
          { path: 'in.nml', content: '&run k=1 /\n' },
          { path: 'sub/deep.txt', content: 'deep\n' },
          { path: '/opt/model/x', content: 'x\n' },
        ],
        inputs: {
          drivers: { url: `file://${files}/drivers.csv` },
          other: { url: `file://${files}/drivers.csv` },
        },
        setup: { inputs: { drivers: { path: 'met/drivers.csv' } } },
      },
    )
    expect(logTail).toBe(`/carya/outputs\n&run k=1 /\ndeep\n${CSV}x\n${CSV}`)
    expect(outcome).toBe('succeeded')
    expect(outputs.map(({ name }) => name)).toEqual(['result.txt', 'sub/result.txt'])
    expect(outputsTotal).toBe(2)
    const { uid } = await lstat(join(outputsOf(job), 'in.nml'))
    expect(uid).toBe((await lstat(join(outputsOf(job), 'result.txt'))).uid)
  })

  test('stands in a working folder of the model’s own', async () => {
    const { logTail } = await run('pwd; cat in.nml; ls /carya/outputs', {
      files: [{ path: 'in.nml', content: '&run /\n' }],
      setup: { workdir: '/opt/model' },
    })
    expect(logTail).toBe('/opt/model\n&run /\n')
  })

  test('cannot stand in two places at once', async () => {
    const { failure, exitCode } = await run('true', {
      files: [
        { path: 'a', content: '' },
        { path: 'a/b', content: '' },
      ],
    })
    expect(exitCode).toBeNull()
    expect(failure).toEqual({ kind: 'model_error', detail: expect.stringContaining('/carya/outputs/a') })
  })

  test('a second preparation of the same attempt writes nothing where a model has put links', async () => {
    const script = 'ln -s /etc/nothing link; ln -s / root; until [ -e go ]; do sleep 0.1; done; cat in.nml'
    const job = director.job(script, { needs: ['files'], files: [{ path: 'in.nml', content: 'right\n' }] })
    await director.offer(job)
    await director.report('started', job)
    const store = await openStore(installation.store)
    await store.makeOutputs(job, [
      { name: 'in.nml', isFolder: false },
      { name: 'root/new', isFolder: true },
    ])
    expect(await readdir(outputsOf(job))).toEqual(['in.nml', 'link', 'root'])
    await writeFile(join(outputsOf(job), 'go'), '')
    expect((await director.finished(job)).logTail).toBe('right\n')
    await expect(lstat('/new')).rejects.toThrow('ENOENT')
  })
})

describe('a folder as an input', () => {
  test('a directory of the operator’s is mounted where it lies, and told by a hash that anybody can find', async () => {
    const folder = join(files, 'met')
    await mkdir(join(folder, 'deep'), { recursive: true })
    await writeFile(join(folder, 'b.csv'), CSV)
    await writeFile(join(folder, 'deep/a.csv'), 'a')
    await symlink('/etc/passwd', join(folder, 'link'))
    const { logTail, inputs } = await run(
      'cat met/b.csv met/deep/a.csv; touch met/x 2>/dev/null && echo wrote',
      {
        inputs: { met: { url: `file://${folder}` } },
        setup: { inputs: { met: { path: 'met' } } },
      },
    )
    expect(logTail).toBe(`${CSV}a`)
    const sum = 'find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum'
    const { stdout } = await promisify(execFile)('sh', ['-c', sum], { cwd: folder })
    expect(inputs).toEqual({ met: { sha256: stdout.slice(0, 64), bytes: CSV.length + 1 } })
  })

  test.each(Object.entries(ARCHIVES))('an archive is what is in it: %s', async (path, body) => {
    const { logTail, inputs } = await run('cat data/met/day.csv; touch data/x 2>/dev/null && echo wrote', {
      inputs: { data: { url: server.at(path.slice(1)) } },
      setup: { inputs: { data: { path: 'data', unpack: true } } },
    })
    expect(logTail).toBe(CSV)
    expect(inputs).toEqual({ data: { sha256: sha256(body), bytes: body.byteLength } })
  })

  test('also one that lies in the store or in a folder of the operator’s', async () => {
    const body = ARCHIVES['/a.tar.gz']
    const store = await openStore(installation.store)
    const source = (async function* () {
      yield body
    })()
    await store.put(source, { limit: 2 ** 20 })
    await writeFile(join(files, 'a.tar.gz'), body)
    for (const url of [`store:sha256/${sha256(body)}`, `file://${files}/a.tar.gz`]) {
      const { logTail, inputs } = await run('cat /carya/inputs/data/met/day.csv', {
        inputs: { data: { url } },
        setup: { inputs: { data: { unpack: true } } },
      })
      expect(logTail).toBe(CSV)
      expect(inputs).toEqual({ data: { sha256: sha256(body), bytes: body.byteLength } })
    }
  })
})

test('twelve containers that start at once read one input that was fetched once, and each report says which', async () => {
  const asked = server.asked.length
  const inputs = { drivers: { url: server.at('large') } }
  const all = await Promise.all(
    Array.from({ length: 12 }, () => run('sha256sum < /carya/inputs/drivers', { inputs })),
  )
  for (const { logTail, inputs: read } of all) {
    expect(logTail).toBe(`${sha256(LARGE)}  -\n`)
    expect(read).toEqual({ drivers: { sha256: sha256(LARGE), bytes: LARGE.byteLength } })
  }
  expect(server.asked.slice(asked)).toEqual(['GET /large'])
})

test('a worker that is killed and comes back still knows what its models were given', async () => {
  const noted = join(installation.store, 'cache/w1/attempts')
  const job = director.job('until [ -e go ]; do sleep 0.1; done; sha256sum < /carya/inputs/drivers', {
    inputs: { drivers: { url: server.at('kept') } },
  })
  await director.offer(job)
  await director.report('started', job)
  await worker.stop('SIGKILL')
  const from = director.beats.length
  await startWorker()
  await until('it says what it holds', () =>
    director.beats.slice(from).some(({ attempts }) => attempts.length > 0),
  )
  expect(await readdir(noted)).toHaveLength(1)
  await writeFile(join(outputsOf(job), 'go'), '')
  expect(await director.finished(job)).toMatchObject({
    logTail: `${sha256(LARGE)}  -\n`,
    inputs: { drivers: { sha256: sha256(LARGE), bytes: LARGE.byteLength } },
  })
  await until('it is let go', async () => (await readdir(noted)).length === 0)
})
