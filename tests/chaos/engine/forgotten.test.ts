/**
 * Ends of models that their worker did not hear, or is asked about again, on an engine that is never stopped and has
 * forgotten the models' starts: it remembers its last 256 events, which on a busy host are those of a minute.
 */
import { beforeEach, expect, test } from 'vitest'
import { attemptFolder, labels, type Finished, type Job } from '@carya/contracts'
import type Docker from 'dockerode'
import { once } from 'node:events'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { containersOf } from '../../integration/worker/containers-of.ts'
import { direct } from '../../integration/worker/director.ts'
import { needEngine, startEngine } from '../../support/own-engine.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

beforeEach(needEngine)

const WAITS = 'until [ -e go ]; do sleep 0.1; done'
const REMEMBERED = 256

async function setUp() {
  await using stack = new AsyncDisposableStack()
  const engine = stack.use(await startEngine())
  await testImage()
  await engine.load(TEST_IMAGE)
  const installation = stack.use(await install())
  const director = stack.use(await direct(installation))
  const startWorker = () => installation.worker('w1', { CARYA_DOCKER_SOCKET: engine.socket })
  const owned = stack.move()
  return {
    docker: engine.docker,
    director,
    startWorker,
    worker: await startWorker(),
    /** Lets a model go on that waits for it. */
    release: (job: Job) => writeFile(join(installation.store, attemptFolder(job), 'outputs/go'), ''),
    noted: (job: Job) => stat(join(installation.store, attemptFolder(job), 'end.json')).catch(() => false),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The first report of an end is heard, then the worker is killed, and the next one makes its own. */
async function reportedTwice(setting: Awaited<ReturnType<typeof setUp>>, job: Job): Promise<Finished[]> {
  const { director, docker, startWorker, worker } = setting
  const reports = () => director.about(job).filter((each) => each.kind === 'finished')
  await director.finished(job)
  await until('it is noted', () => setting.noted(job))
  await worker.stop('SIGKILL')
  await forget(docker)
  await startWorker()
  return director.seen('a second report', () => (reports().length > 1 ? reports() : undefined))
}

/** So much happens on the engine that it forgets all that was before. */
async function forget(docker: Docker): Promise<void> {
  for (let events = 0; events < REMEMBERED; events += 2) {
    await docker.createVolume({ Name: 'noise' })
    await docker.getVolume('noise').remove()
  }
}

/** Whether the engine still knows of the start of a run's container. */
async function remembersStart(docker: Docker, job: Job): Promise<boolean> {
  const filters = JSON.stringify({ event: ['start'], label: [`${labels.run}=${job.run}`] })
  const now = Math.ceil(Date.now() / 1000)
  const stream = await docker.getEvents({ filters, since: 0, until: now })
  stream.resume()
  let bytes = 0
  stream.on('data', (chunk: Buffer) => (bytes += chunk.length))
  await once(stream, 'end')
  return bytes > 0
}

async function modelEnds(docker: Docker, job: Job): Promise<void> {
  const [id = ''] = await containersOf(job.run, docker)
  const isOver = async () => !(await docker.getContainer(id).inspect()).State.Running
  await until('the model has ended', isOver, 60_000)
}

test('a model that ends while its worker is exchanged counts, though the engine has forgotten its start', async () => {
  await using setting = await setUp()
  const { director, docker, worker } = setting
  const job = await director.offer(director.job(`${WAITS}; sleep 22; exit 3`))
  await director.report('started', job)
  await forget(docker)
  await setting.release(job)
  await worker.stop()
  await modelEnds(docker, job)
  expect(await remembersStart(docker, job)).toBe(false)
  await setting.startWorker()
  expect((await director.finished(job)).failure).toEqual({ kind: 'model_error', detail: 'exit code 3' })
})

test.each([
  ['its own', `${WAITS}; echo '{"a": 1}' > metrics.json`, {}, { outcome: 'succeeded', metrics: { a: 1 } }],
  ['its timeout', 'sleep 1000', { timeout: 2 }, { failure: { kind: 'timeout' }, exitCode: 143 }],
])(
  'an end that an earlier process of the worker has seen counts for the next, as %s',
  async (_whose, script, more, wanted) => {
    await using setting = await setUp()
    const { director } = setting
    director.mode.isSettling = false
    const job = await director.offer(director.job(script, more))
    await director.report('started', job)
    await setting.release(job)
    const [first, second] = await reportedTwice(setting, job)
    expect(first).toMatchObject(wanted)
    expect(second).toMatchObject(wanted)
  },
)
