import { Provenance, type Finished, type Job } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openProvenances } from './provenance.ts'

const token = { run: 'r01k00000000000000000000000', attempt: 2, nonce: '0123456789abcdef' }
const sha256 = 'b'.repeat(64)
const job: Job = {
  v: 1,
  ...token,
  submitter: 'ann',
  model: 'pond@1.0.0',
  image: { name: 'lab/pond:1.0.0', digest: `sha256:${'a'.repeat(64)}`, by: 'repo' },
  command: ['pond', 'in.nml'],
  params: { k: 0.5 },
  inputs: { rain: { url: 'file:///data/rain.csv' }, soil: { url: 'file:///data/soil.csv', sha256 } },
  files: [{ path: 'in.nml', content: '&pond k = 0.5 /\n' }],
  setup: { workdir: '/carya/outputs' },
  resources: { cpus: 1, memory: 2 ** 28 },
  timeout: 60,
  lease: 120,
  pool: 'default',
  needs: ['files'],
  queuedAt: '2026-01-01T00:00:00.000Z',
  record: { labels: { site: '7' } },
}
const report: Finished = {
  v: 1,
  kind: 'finished',
  worker: 'w1',
  at: '2026-01-01T00:00:02.000Z',
  ...token,
  outcome: 'succeeded',
  startedAt: '2026-01-01T00:00:01.000Z',
  finishedAt: '2026-01-01T00:00:02.000Z',
  exitCode: 0,
  usage: { cpuSeconds: 1 },
  metrics: { depth: 2 },
  outputs: [{ name: 'out.csv', bytes: 7, sha256 }],
  outputsTotal: 1,
  logTail: 'done\n',
  inputs: { rain: { sha256, bytes: 12 } },
  folder: 'runs/r01k00000000000000000000000/2-0123456789abcdef',
}
const maker = {
  pool: 'default',
  engine: { name: 'docker', version: '29.1', kernel: '6.12', architecture: 'x86_64' },
  version: '0.1.0',
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'carya-provenance-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return { path, place: { folder: report.folder, path, outputs: '', log: '' } }
}
const never = { jobOf: () => Promise.resolve(undefined) }

test('all that is needed to make the outputs again stands beside them, whole', async () => {
  const { path, place } = await folder()
  const { write } = openProvenances({ maker, preparation: never })
  expect(await write({ token, place, job }, report)).toBeUndefined()
  expect(await readdir(path)).toEqual(['run.json'])
  const made = Provenance.parse(JSON.parse(await readFile(join(path, 'run.json'), 'utf8')))
  expect(made).toEqual({
    v: 1,
    ...token,
    submitter: 'ann',
    labels: { site: '7' },
    model: 'pond@1.0.0',
    image: job.image,
    command: ['pond', 'in.nml'],
    params: { k: 0.5 },
    files: [
      {
        path: 'in.nml',
        bytes: 16,
        sha256: createHash('sha256').update('&pond k = 0.5 /\n').digest('hex'),
      },
    ],
    inputs: {
      rain: { url: 'file:///data/rain.csv', sha256, bytes: 12 },
      soil: { url: 'file:///data/soil.csv', sha256 },
    },
    setup: { workdir: '/carya/outputs' },
    resources: job.resources,
    timeout: 60,
    pool: 'default',
    worker: 'w1',
    engine: maker.engine,
    version: '0.1.0',
    queuedAt: job.queuedAt,
    startedAt: report.startedAt,
    finishedAt: report.finishedAt,
    exitCode: 0,
    outcome: 'succeeded',
    usage: { cpuSeconds: 1 },
    metrics: { depth: 2 },
    outputs: [{ name: 'out.csv', bytes: 7, sha256 }],
    outputsTotal: 1,
  })
})

test('of an attempt that was adopted the job is read where it was left, and the same is written again', async () => {
  const { path, place } = await folder()
  const read = () => readFile(join(path, 'run.json'), 'utf8')
  await openProvenances({ maker, preparation: never }).write({ token, place, job }, report)
  const first = await read()
  const adopting = openProvenances({ maker, preparation: { jobOf: () => Promise.resolve(job) } })
  expect(await adopting.write({ token, place }, report)).toBeUndefined()
  expect(await read()).toBe(first)
})

test('what hinders it is told in words', async () => {
  const { path, place } = await folder()
  const { write } = openProvenances({ maker, preparation: never })
  expect(await write({ token, place }, report)).toBe(
    'run.json could not be written: its job.json cannot be read',
  )
  const gone = { ...place, path: join(path, 'gone') }
  expect(await write({ token, place: gone, job }, report)).toMatch(/^run.json could not be written: ENOENT/)
  const hanging = openProvenances({
    maker,
    preparation: { jobOf: () => new Promise(() => {}) },
    patienceMs: 1,
  })
  expect(await hanging.write({ token, place }, report)).toMatch(/did not answer in time/)
})
