/** A whole Carya whose one worker has an engine of the test's own: what is done to it hurts nobody else. */
import { writeFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startEngine, type OwnEngine } from '../../support/own-engine.ts'
import type { Service } from '../../support/service.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { openOutage, type Outage } from '../outage.ts'

export type Host = AsyncDisposable & {
  engine: OwnEngine
  scene: Outage
  /** the one that was started last */
  worker: Service
  /** Starts the worker again, when the last one has ended. */
  startWorker(): Promise<Service>
  /** Submits runs of this shell script, and waits until their models run. */
  running(script: string, count?: number): Promise<string[]>
  /** Puts a file among the outputs of a run's attempts. */
  put(run: string, name: string): Promise<void>
}

export async function openHost({ liveRestore = false } = {}): Promise<Host> {
  await using stack = new AsyncDisposableStack()
  const engine = stack.use(await startEngine({ liveRestore }))
  await testImage()
  await engine.load(TEST_IMAGE)
  const scene = stack.use(await openOutage({ workers: [], engines: [engine.docker] }))
  const startWorker = () => scene.worker('w1', { CARYA_DOCKER_SOCKET: engine.socket, CARYA_WORKER_CPUS: '8' })
  let models = 0
  let worker = await startWorker()
  const owned = stack.move()
  return {
    engine,
    scene,
    get worker() {
      return worker
    },
    async startWorker() {
      worker = await startWorker()
      return worker
    },
    async running(script, count = 1) {
      models += 1
      // no lease runs out however long engine and worker take to come back: what stopped is told, not guessed
      await scene.model(`m${models}`, script, { lease: '1m' })
      const runs = await scene.submit(`m${models}`, count)
      await scene.running(runs)
      return runs
    },
    async put(run, name) {
      const folder = join(scene.installation.store, 'runs', run)
      for (const attempt of await readdir(folder))
        if (attempt !== 'run.json') await writeFile(join(folder, attempt, 'outputs', name), '')
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
