/** The engine goes under running models: killed, stopped, or with its whole host; and comes back. */
import { isTerminal } from '@carya/contracts'
import { beforeEach, expect, test } from 'vitest'
import { needEngine } from '../../support/own-engine.ts'
import { WAITING } from '../../support/scene.ts'
import { openHost, type Host } from './host.ts'

beforeEach(needEngine)

/** Runs that were stopped with the engine are tried again, and that time they may end. */
async function endAgain({ scene }: Host, runs: readonly string[]): Promise<void> {
  await scene.are(
    runs,
    'is tried again',
    ({ attempts }) => attempts.length > 1 && attempts.at(-1)?.startedAt !== undefined,
  )
  await scene.release(runs)
  // one that was tried again while the engine was still on its way down was stopped with it too
  for (const { attempts } of await scene.ends(runs, { starts: { least: 2, most: 4 } })) {
    const faults = attempts.slice(0, -1).map(({ failure }) => failure?.kind)
    expect(faults).toEqual(faults.map(() => 'engine_error'))
  }
}

test('[19] kill -9 of the engine: its next start stops what runs, and it is tried again', async () => {
  await using host = await openHost()
  const runs = await host.running(WAITING, 3)
  await host.engine.stop('SIGKILL')
  await host.engine.start()
  await endAgain(host, runs)
})

test.for(['SIGKILL', 'SIGTERM'] as const)(
  '[19] with live-restore models live through %s of the engine, and codes of those that end meanwhile count',
  async (signal) => {
    await using host = await openHost({ liveRestore: true })
    const { engine, scene } = host
    const runs = await host.running(`${WAITING}; [ ! -e bad ] || exit 3`, 3)
    const [long = '', short = '', failing = ''] = runs
    await engine.stop(signal)
    await host.put(failing, 'bad')
    await scene.release([short, failing])
    await engine.start()
    await scene.are([short, failing], 'has ended', ({ state }) => isTerminal(state))
    await scene.release([long])
    await scene.are([long], 'has ended', ({ state }) => isTerminal(state))
    await scene.ends([failing], { state: 'failed' })
    expect(await scene.view(failing)).toMatchObject({
      failure: { kind: 'model_error', detail: 'exit code 3' },
      attempts: [{ attempt: 1 }],
    })
  },
)

test('[20] a model that heeds the TERM of an engine that stops, and exits 0, has not succeeded', async () => {
  await using host = await openHost()
  const runs = await host.running(`trap 'echo half > half; exit 0' TERM; ${WAITING}`)
  await host.engine.stop('SIGTERM')
  await host.engine.start()
  await endAgain(host, runs)
})

test.for([false, true])(
  '[21] a power cut ends engine, models and worker at once (live-restore: %s), and all is tried again',
  async (liveRestore) => {
    await using host = await openHost({ liveRestore })
    const runs = await host.running(WAITING, 2)
    await Promise.all([host.engine.killHost(), host.worker.stop('SIGKILL')])
    await host.engine.start()
    await host.startWorker()
    await endAgain(host, runs)
  },
)
