import { writeFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serve } from '../http/setup.ts'
import { carya, start } from './carya.ts'

const at = new Date().toISOString()

test('run prints the id alone on stdout, parameters read as the model declares them', async () => {
  await using http = await serve()
  const words = [
    'run',
    'dalec',
    '-p',
    'f_lab=1e-1',
    '-p',
    'other=true',
    '--label',
    'site=a',
    '--cpus',
    '2',
    '--key',
    '7',
  ]
  const { code, out, err } = await carya(http.url, words)
  expect([code, err]).toEqual([0, ''])
  expect(out).toMatch(/^r[0-9a-z]{26}\n$/)
  expect(http.api.submitted).toEqual([
    {
      submitter: 'ann',
      body: {
        kind: 'run',
        model: 'dalec',
        params: { f_lab: 0.1, other: true },
        labels: { site: 'a' },
        resources: { cpus: 2 },
        key: '7',
      },
    },
  ])
})

test('run says when, for how long and with how much memory; a time is meant where it is typed', async () => {
  await using http = await serve()
  const words = ['--memory', '1GiB', '--memory-growth', '2', '--memory-most', '4GiB', '--lease', '5m']
  const times = ['--run-timeout', '1h', '--deadline', '2d', '--after', '2030-01-31T18:00:00+02:00']
  const { code, err } = await carya(http.url, ['run', 'dalec', ...words, ...times, '--retries', '3'])
  expect([code, err]).toEqual([0, ''])
  expect(http.api.submitted[0]?.body).toEqual({
    kind: 'run',
    model: 'dalec',
    resources: { memory: '1GiB', memoryGrowth: 2, memoryMost: '4GiB' },
    timeout: '1h',
    deadline: '2d',
    after: '2030-01-31T16:00:00.000Z',
    lease: '5m',
    retries: 3,
  })
})

test('a local input is uploaded, a URL is passed on, anything else is wrong use', async () => {
  await using http = await serve()
  const folder = await mkdtemp(join(tmpdir(), 'carya-cli-'))
  const file = join(folder, 'drivers.csv')
  await writeFile(file, 'a,b\n')
  const { code } = await carya(http.url, ['run', 'dalec', '-i', `d=${file}`, '-i', 'e=https://example.org/x'])
  expect(code).toBe(0)
  expect(http.api.submitted[0]?.body).toMatchObject({
    inputs: { d: expect.stringMatching(/^store:sha256\/[0-9a-f]{64}$/), e: 'https://example.org/x' },
  })
  const wrong = await carya(http.url, ['run', 'dalec', '-i', `d=${join(folder, 'absent')}`])
  expect([wrong.code, wrong.out]).toEqual([2, ''])
  await rm(folder, { recursive: true })
})

test('--wait tells what happens, ends with the run, and never asks twice without cause', async () => {
  await using http = await serve()
  const run = start(http.url, ['run', 'dalec', '--wait', '--json'])
  await run.saw('accepted')
  await expect.poll(() => http.api.open()).toBe(1)
  const id = http.api.feeds[0]!.run!
  http.api.move(id, 'running', { attempts: [{ attempt: 1, nonce: 'a'.repeat(16), queuedAt: at }] })
  http.api.tell({ kind: 'progress', run: id, attempt: 1, progress: 0.5 })
  // it reads the run once after it has connected: an end before that would be all it tells
  await run.saw('progress')
  http.api.move(id, 'succeeded', { outputs: [{ name: 'a b.csv', bytes: 1 }] })
  const { code, err, lines } = await run.end
  expect([code, err]).toEqual([0, ''])
  expect(lines().slice(0, -1)).toMatchObject(
    ['accepted', 'state', 'progress', 'state'].map((kind) => ({ kind })),
  )
  expect(lines()).toHaveLength(5)
  const url = `${http.url}/v1/runs/${id}/outputs/a%20b.csv`
  expect(lines().at(-1)).toMatchObject({ id, state: 'succeeded', outputs: [{ url }] })
  expect(http.api.feeds).toHaveLength(1)
})

test.each([
  ['failed', 1],
  ['cancelled', 4],
] as const)('--wait: a run that ends %s is exit code %i', async (state, exit) => {
  await using http = await serve()
  const run = start(http.url, ['run', 'dalec', '--wait'])
  await expect.poll(() => http.api.open(), { timeout: 10_000 }).toBe(1)
  http.api.move(http.api.feeds[0]!.run!, state, { failure: { kind: 'model_error', detail: 'exit code 3' } })
  const { code, out } = await run.end
  expect(code).toBe(exit)
  expect(out).toContain(state)
})

test('--wait outlives a restart of the service, and an end that came meanwhile', async () => {
  await using first = await serve()
  const run = start(first.url, ['run', 'dalec', '--wait', '--json'])
  await expect.poll(() => first.api.open(), { timeout: 10_000 }).toBe(1)
  const id = first.api.feeds[0]!.run!
  const { port } = new URL(first.url)
  await first.stop()
  await using second = await serve({ port: Number(port) })
  second.api.add({ id, state: 'succeeded' })
  const { code, lines } = await run.end
  expect(code).toBe(0)
  expect(lines().at(-1)).toMatchObject({ id, state: 'succeeded' })
})

test('a connection that is cut is made again, behind the last event seen', async () => {
  await using http = await serve()
  const { feed } = http.api
  http.api.feed = async function* (query, signal) {
    for await (const one of feed(query, signal)) {
      yield one
      if (one.id === '1') throw new Error('cut')
    }
  }
  const run = start(http.url, ['run', 'dalec', '--wait', '--json'])
  await expect.poll(() => http.api.open(), { timeout: 10_000 }).toBe(1)
  const id = http.api.feeds[0]!.run!
  http.api.move(id, 'queued')
  await expect.poll(() => http.api.feeds.length, { timeout: 10_000 }).toBe(2)
  http.api.move(id, 'succeeded')
  expect((await run.end).code).toBe(0)
  expect(http.api.feeds).toEqual([{ run: id }, { run: id, after: '1' }])
})

test('Ctrl-C detaches: the run goes on, and it is said how to return or cancel', async () => {
  await using http = await serve()
  const run = start(http.url, ['run', 'dalec', '--wait'])
  await expect.poll(() => http.api.open(), { timeout: 10_000 }).toBe(1)
  const id = http.api.feeds[0]!.run!
  run.interrupt()
  const { code, out, err } = await run.end
  expect([code, out]).toEqual([130, ''])
  expect(err).toContain(`carya logs -f r${id.slice(-6)}`)
  expect(err).toContain(`carya cancel r${id.slice(-6)}`)
  expect((await http.api.run(id))?.state).toBe('pending')
})

test('--timeout ends the waiting with 124', async () => {
  await using http = await serve()
  const { code, err } = await carya(http.url, ['run', 'dalec', '--wait', '--timeout', '200ms', '--json'])
  expect(code).toBe(124)
  expect(JSON.parse(err)).toMatchObject({ exitCode: 124, id: http.api.feeds[0]!.run! })
})

test("every fault of a refused request is told in the service's words, which name what may have been meant", async () => {
  await using http = await serve()
  http.api.submit = async () => ({
    rejected: {
      type: 'urn:carya:problem:bad-request',
      title: 'The request is not right',
      status: 400,
      errors: [
        { path: 'params.f_lba', value: 1, detail: 'no such parameter: did you mean f_lab?' },
        { path: 'priority', value: 9, detail: 'a whole number from -5 to 5' },
      ],
    },
  })
  const told = await carya(http.url, ['run', 'dalec', '-p', 'f_lba=1'])
  expect([told.code, told.out]).toEqual([2, ''])
  expect(told.err).toMatch(/params\.f_lba: no such parameter: did you mean f_lab\?/)
  expect(told.err).toMatch(/priority: a whole number from -5 to 5/)
  const json = await carya(http.url, ['run', 'dalec', '-p', 'f_lba=1', '--json'])
  expect(JSON.parse(json.err)).toMatchObject({ status: 400, exitCode: 2, errors: [{}, {}] })
})
