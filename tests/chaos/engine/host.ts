/** A whole Carya whose one worker has an engine of the test's own: what is done to it hurts nobody else. */
import type { RunView } from '@carya/contracts'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startEngine, type OwnEngine } from '../../support/own-engine.ts'
import { openScene, type Scene, type SceneRun } from '../../support/scene.ts'
import type { Service } from '../../support/service.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'

export type Host = AsyncDisposable & {
  engine: OwnEngine
  scene: Scene
  worker: Service
  /** Starts the worker again, when the last one has ended. */
  startWorker(): Promise<Service>
  /** A run of this shell script whose model runs, as its record says. */
  running(script: string, more?: object): Promise<SceneRun>
  /** Lets models go on that wait for the file `go` among their outputs; beside it others may be put. */
  release(run: { id: string }, ...files: string[]): Promise<void>
}

export const WAITS = 'hostname > who; until [ -e go ]; do sleep 0.05; done'

export type HostOptions = { liveRestore?: boolean; settings?: Record<string, string> }

export async function openHost({ liveRestore = false, settings = {} }: HostOptions = {}): Promise<Host> {
  await using stack = new AsyncDisposableStack()
  const engine = stack.use(await startEngine({ liveRestore }))
  await testImage()
  await engine.load(TEST_IMAGE)
  const scene = stack.use(await openScene({ engines: [engine.docker], dispatcher: { CARYA_SWEEP: '1s' } }))
  const startWorker = () =>
    scene.installation.worker('w1', {
      CARYA_DOCKER_SOCKET: engine.socket,
      CARYA_WORKER_CPUS: '8',
      ...settings,
    })
  const names = new Map<string, string>()
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
    async running(script, more = {}) {
      let name = names.get(script)
      if (name === undefined) {
        name = `m${names.size}`
        names.set(script, name)
        await scene.model(name, script, { resources: { cpus: 0.1, memory: '32MiB' }, ...more })
      }
      const run = await scene.submit(name)
      await run.is('runs', (view: RunView) => view.attempts.at(-1)?.startedAt !== undefined)
      return run
    },
    async release({ id }, ...files) {
      const folder = join(scene.installation.store, 'runs', id)
      for (const attempt of await readdir(folder))
        for (const name of attempt === 'run.json' ? [] : [...files, 'go'])
          await writeFile(join(folder, attempt, 'outputs', name), '')
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
