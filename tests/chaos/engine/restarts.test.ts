/** The engine goes under running models: killed, stopped, or with its whole host; and comes back. */
import { expect, test } from 'vitest'
import { whyNoEngine } from '../../support/own-engine.ts'
import type { SceneRun } from '../../support/scene.ts'
import { openHost, WAITS, type Host } from './host.ts'

const hindrance = whyNoEngine()

/** Runs that were stopped with the engine are tried again, and that time they may end. */
async function endAgain({ scene, release }: Host, runs: readonly SceneRun[]): Promise<void> {
  for (const run of runs) {
    await run.is(
      'is tried again',
      ({ attempts }) => attempts.length > 1 && attempts.at(-1)?.startedAt !== undefined,
    )
    await release(run)
    const { attempts, state } = await run.end()
    expect(state).toBe('succeeded')
    const faults = attempts.slice(0, -1).map(({ failure }) => failure?.kind)
    expect(faults).toEqual(faults.map(() => 'engine_error'))
    // one that was tried again while the engine was still on its way down was stopped with it too
    scene.expect(run, { state: 'succeeded', starts: { least: 2, most: attempts.length } })
  }
}

test.skipIf(hindrance)(
  '[19] kill -9 of the engine: its next start stops what runs, and all of it is tried again',
  async () => {
    await using host = await openHost()
    const { engine, scene } = host
    const runs = [await host.running(WAITS), await host.running(WAITS), await host.running(WAITS)]
    await engine.stop('SIGKILL')
    await engine.start()
    await endAgain(host, runs)
    expect(await scene.verdict()).toEqual([])
  },
)

test.skipIf(hindrance).for(['SIGKILL', 'SIGTERM'] as const)(
  '[19] with live-restore models live through %s of the engine, also those that end meanwhile, and their codes count',
  async (signal) => {
    await using host = await openHost({ liveRestore: true })
    const { engine, scene } = host
    const script = `${WAITS}; [ -e code ] && exit 3; exit 0`
    const [long, short, failing] = [
      await host.running(script),
      await host.running(script),
      await host.running(script),
    ]
    await engine.stop(signal)
    await host.release(short)
    await host.release(failing, 'code')
    await engine.start()
    expect(await short.end()).toMatchObject({ state: 'succeeded', attempts: [{ attempt: 1 }] })
    expect(await failing.end()).toMatchObject({
      state: 'failed',
      failure: { kind: 'model_error', detail: 'exit code 3' },
    })
    await host.release(long)
    expect(await long.end()).toMatchObject({ state: 'succeeded', attempts: [{ attempt: 1 }] })
    scene.expect(failing, { state: 'failed' })
    expect(await scene.verdict()).toEqual([])
  },
)

test.skipIf(hindrance)(
  '[20] a model that heeds the TERM of an engine that stops, and exits 0, has not succeeded',
  async () => {
    await using host = await openHost()
    const { engine, scene } = host
    const run = await host.running(
      `trap 'echo half > half; exit 0' TERM; hostname > who; until [ -e go ]; do sleep 0.05; done`,
    )
    await engine.stop('SIGTERM')
    await engine.start()
    await endAgain(host, [run])
    expect(await scene.verdict()).toEqual([])
  },
)

test.skipIf(hindrance).for([false, true])(
  '[21] a power cut ends engine, models and worker at once (live-restore: %s): all of it is tried again',
  async (liveRestore) => {
    await using host = await openHost({ liveRestore })
    const { engine, scene } = host
    const runs = [await host.running(WAITS), await host.running(WAITS)]
    await Promise.all([engine.killHost(), host.worker.stop('SIGKILL')])
    await engine.start()
    await host.startWorker()
    await endAgain(host, runs)
    expect(await scene.verdict()).toEqual([])
  },
)
