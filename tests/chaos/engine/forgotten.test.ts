/**
 * Ends of models that their worker did not hear, or is asked about again, on an engine that is never stopped and has
 * forgotten the models' starts: it remembers its last 256 events, which on a busy host are those of a minute.
 */
import { expect, test } from 'vitest'
import { attemptFolder, type Job } from '@carya/contracts'
import type Docker from 'dockerode'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { containersOf, startsOf } from '../../integration/worker/containers-of.ts'
import { direct } from '../../integration/worker/director.ts'
import { startEngine, whyNoEngine } from '../../support/own-engine.ts'
import { install } from '../../support/stack.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'

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
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** So much happens on the engine that it forgets all that was before. */
async function forget(docker: Docker): Promise<void> {
  for (let events = 0; events < REMEMBERED; events += 2) {
    await docker.createVolume({ Name: 'noise' })
    await docker.getVolume('noise').remove()
  }
}

async function modelEnds(docker: Docker, job: Job): Promise<void> {
  const [id = ''] = await containersOf(job.run, docker)
  const isOver = async () => !(await docker.getContainer(id).inspect()).State.Running
  await until('the model has ended', isOver, 60_000)
}

test.skipIf(whyNoEngine())(
  'a model that ends while its worker is exchanged counts, though the engine has forgotten its start',
  async () => {
    await using setting = await setUp()
    const { director, docker, worker } = setting
    const job = await director.offer(director.job(`${WAITS}; sleep 22; exit 3`))
    await director.report('started', job)
    await forget(docker)
    await setting.release(job)
    await worker.stop()
    await modelEnds(docker, job)
    expect(await startsOf(job.run, docker)).toBe(0)
    await setting.startWorker()
    expect((await director.finished(job)).failure).toEqual({ kind: 'model_error', detail: 'exit code 3' })
  },
)
