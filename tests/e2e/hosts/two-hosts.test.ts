/**
 * Two hosts, each with an engine and a worker: work spreads by their room, and when one dies with everything on it,
 * its runs end on the other. Judged by both engines' events, the messages that were sent and the attempts' folders.
 */
import { attemptFolder, type RunView } from '@carya/contracts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { apiOf, type CallApi } from '../../support/api.ts'
import { watchStarts } from '../../support/engine-events.ts'
import { engine } from '../../support/engine.ts'
import { openJudge } from '../../support/judge.ts'
import { needEngine, startEngine, type OwnEngine } from '../../support/own-engine.ts'
import { install, type Installation } from '../../support/stack.ts'
import { openSubmitter, type Asked } from '../../support/submitter.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

const RUNS = 40
/** CPUs that the hosts offer, and how many of the runs they hold with them: together all at once. */
const LARGE = { cpus: '3', holds: 30 }
const SMALL = { cpus: '1', holds: 10 }
const RESOURCES = { cpus: 0.1, memory: '32MiB' }

/** Says who it is, waits to be let go, and leaves a random word. It looks twice a second: there are forty of it. */
const WAITS =
  'hostname > who; until [ -e go ]; do sleep 0.5; done; echo "{\\"word\\": $(od -An -N3 -tu4 /dev/urandom)}" > metrics.json'

test('40 runs spread over two hosts by their room; one host dies, and each ends once, its own on the other', async (context) => {
  needEngine(context)
  await using setting = await setUp()
  const { own, installation, api, judge, large, onLarge, onSmall } = setting

  const asked = new Map<string, Asked>()
  for (const each of Array.from({ length: RUNS }, () => setting.ann.send({ kind: 'run', model: 'waits' })))
    asked.set(String((await each.answer('run.accepted')).body['id']), each)
  const look = () =>
    Promise.all([...asked.keys()].map(async (id) => (await api('GET', `/v1/runs/${id}`)).body))
  const end = async (id: string) => (await asked.get(id)?.answer('run.succeeded', 'run.failed'))?.type
  await until('all of them run', () => onLarge.all() + onSmall.all() === RUNS, 90_000)
  expect([onLarge.all(), onSmall.all()]).toEqual([LARGE.holds, SMALL.holds])

  // the middle: some have ended on either host
  const all = await look()
  const of = (worker: string) => all.filter((run) => run.attempts.at(-1)?.worker === worker)
  const done = [...of('large').slice(0, 8), ...of('small').slice(0, 3)]
  await Promise.all(done.map((run) => release(installation, run)))
  for (const { id } of done) expect(await end(id)).toBe('run.succeeded')
  const lost = of('large').filter((run) => !done.includes(run))

  large.process.kill('SIGKILL')
  await own.killHost()
  await until(
    'all have ended',
    async () => {
      const views = await look()
      await Promise.all(
        views.filter(({ state }) => state === 'running').map((run) => release(installation, run)),
      )
      return views.every(({ state }) => state === 'succeeded')
    },
    180_000,
  )
  for (const id of asked.keys()) expect(await end(id)).toBe('run.succeeded')

  const after = new Map((await look()).map((run) => [run.id, run.attempts.map(({ worker }) => worker)]))
  for (const { id } of lost) {
    expect(after.get(id), id).toEqual(['large', 'small'])
    expect([onLarge.starts(id), onSmall.starts(id)], id).toEqual([1, 1])
  }
  for (const { id } of of('small')) expect([onLarge.starts(id), onSmall.starts(id)], id).toEqual([0, 1])

  // the next boot of the host: its worker finds what was left, starts none of it, and removes it
  await own.start()
  await using afterwards = await watchStarts(installation.name, own.docker)
  await setting.startLarge()
  const again = new Set(lost.map(({ id }) => id))
  const submitted = [...asked.keys()].map((id) => ({ id, starts: again.has(id) ? 2 : 1 }))
  expect(await judge.verdict(api, submitted)).toEqual([])
  expect(afterwards.all()).toBe(0)
}, 400_000)

async function setUp() {
  await using stack = new AsyncDisposableStack()
  const own = stack.use(await startEngine())
  await testImage()
  await own.load(TEST_IMAGE)
  const installation = stack.use(await install())
  const api = apiOf((await installation.dispatcher()).api, installation.token)
  const judge = stack.use(await openJudge(installation, { engines: [engine(), own.docker] }))
  const startLarge = () => startWorker(installation, 'large', LARGE.cpus, own)
  const large = await startLarge()
  await startWorker(installation, 'small', SMALL.cpus)
  await until('both are known', async () => (await api('GET', '/v1/workers')).body.items.length === 2)
  await register(api)
  const onSmall = stack.use(await watchStarts(installation.name))
  const onLarge = stack.use(await watchStarts(installation.name, own.docker))
  await installation.submitter('ann')
  const ann = stack.use(await openSubmitter(installation.amqpUrl('ann')))
  const owned = stack.move()
  const dispose = () => owned.disposeAsync()
  return {
    own,
    installation,
    api,
    judge,
    startLarge,
    large,
    onSmall,
    onLarge,
    ann,
    [Symbol.asyncDispose]: dispose,
  }
}

function startWorker(installation: Installation, name: string, cpus: string, own?: OwnEngine) {
  const room = { CARYA_WORKER_CPUS: cpus, CARYA_WORKER_MEMORY: '4GiB' }
  return installation.worker(name, { ...room, ...(own && { CARYA_DOCKER_SOCKET: own.socket }) })
}

async function register(api: CallApi): Promise<void> {
  const command = ['/bin/sh', '-c', WAITS]
  const model = {
    name: 'waits',
    version: '1',
    image: TEST_IMAGE,
    command,
    resources: RESOURCES,
    lease: '10s',
  }
  await until('it is registered', async () => (await api('PUT', '/v1/models', model)).status === 201)
}

/** Lets a run end whose model waits for the file `go` among its outputs; not yet, while that folder is being made. */
async function release({ store }: Installation, run: RunView): Promise<void> {
  const attempt = run.attempts.at(-1)
  if (!attempt) return
  const folder = attemptFolder({ run: run.id, attempt: attempt.attempt, nonce: attempt.nonce })
  await writeFile(join(store, folder, 'outputs', 'go'), '').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}
