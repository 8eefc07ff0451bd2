import { labels } from '@carya/contracts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { apiOf, type CallApi } from '../support/api.ts'
import { watchStarts, type StartEvents } from '../support/engine-events.ts'
import { engine } from '../support/engine.ts'
import type { Service } from '../support/service.ts'
import { install, type Installation } from '../support/stack.ts'
import { TEST_IMAGE, testImage } from '../support/test-image.ts'

/** Two installations on one engine, their workers of the same name. */
const stack = new AsyncDisposableStack()
type Side = { installation: Installation; api: CallApi; worker: Service; events: StartEvents }
let here: Side
let there: Side

async function side(): Promise<Side> {
  const installation = stack.use(await install())
  const events = stack.use(await watchStarts(installation.name))
  const api = apiOf((await installation.dispatcher()).api, installation.token)
  const worker = await installation.worker('same-name')
  const command = [
    '/bin/sh',
    '-c',
    'while [ ! -e /carya/outputs/go ]; do sleep 0.1; done; echo done > result',
  ]
  const manifest = { name: 'waits', version: '1', image: TEST_IMAGE, command }
  await vi.waitFor(async () => expect((await api('PUT', '/v1/models', manifest)).status).toBe(201), 30_000)
  return { installation, api, worker, events }
}

const submit = async ({ api }: Side): Promise<string> =>
  (await api('POST', '/v1/runs', { kind: 'run', model: 'waits' })).body.id
const containersOf = (id: string) =>
  engine().listContainers({ all: true, filters: { label: [`${labels.run}=${id}`] } })
const isRunning = (id: string) =>
  vi.waitFor(async () => expect((await containersOf(id))[0]?.State).toBe('running'), 30_000)
const letGo = async ({ api, installation }: Side, id: string) => {
  const attempt = (await api('GET', `/v1/runs/${id}`)).body.attempts.at(-1)
  const folder = `${attempt?.attempt}-${attempt?.nonce}`
  await writeFile(join(installation.store, 'runs', id, folder, 'outputs', 'go'), '')
}
const hasSucceeded = ({ api }: Side, id: string) =>
  vi.waitFor(async () => expect((await api('GET', `/v1/runs/${id}`)).body.state).toBe('succeeded'), 20_000)

beforeAll(async () => {
  await testImage()
  here = await side()
  there = await side()
})
afterAll(() => stack.disposeAsync())

test('[36] a worker that was killed adopts its own containers, and never touches those of its neighbour', async () => {
  const [ours, theirs] = [await submit(here), await submit(there)]
  await Promise.all([isRunning(ours), isRunning(theirs)])
  const [before] = await containersOf(theirs)

  await here.worker.stop('SIGKILL')
  here.worker = await here.installation.worker('same-name')
  await letGo(here, ours)
  await hasSucceeded(here, ours)
  await vi.waitFor(async () => expect(await containersOf(ours)).toHaveLength(0), 30_000)

  const [after] = await containersOf(theirs)
  expect(after).toMatchObject({ Id: before?.Id, State: 'running' })
  await letGo(there, theirs)
  await hasSucceeded(there, theirs)
  // the engine started each model once: neither the kill nor the neighbour caused another start
  expect([here.events.starts(ours), there.events.starts(theirs)]).toEqual([1, 1])
  expect([here.events.all(), there.events.all()]).toEqual([1, 1])
})
