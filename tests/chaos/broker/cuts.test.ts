/** A worker or the dispatcher is cut from the broker, for less and for longer than leases last. */
import { DISPATCHER_USER, workerUser } from '@carya/contracts'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { Proxy } from '../../support/proxy.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { openOutage, type Outage } from '../outage.ts'

/** A scene with a worker w1 behind a proxy. */
async function openCut() {
  await using stack = new AsyncDisposableStack()
  const installation = await install()
  const proxy = await Proxy.to(installation.amqpUrl(workerUser('w1')))
  const scene = stack.use(await openOutage({ installation, workers: [] }))
  stack.use(proxy)
  const w1 = await scene.worker('w1', { CARYA_AMQP_URL: proxy.url })
  const away = () => {
    proxy.refuse()
    proxy.cut()
  }
  const owned = stack.move()
  return { ...scene, proxy, w1, away, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Lets the model of one attempt end. */
async function releaseAttempt(scene: Outage, run: string, attempt: number): Promise<void> {
  const { nonce } = (await scene.view(run)).attempts.find((each) => each.attempt === attempt) ?? {}
  await writeFile(join(scene.installation.store, 'runs', run, `${attempt}-${nonce}`, 'outputs', 'go'), '')
}

const containerOf = async (run: string, attempt: number) => {
  const label = [`carya.run=${run}`, `carya.attempt=${attempt}`]
  return (await engine().listContainers({ all: true, filters: { label } }))[0]?.State
}

const onSecond = (scene: Outage, runs: readonly string[]) =>
  scene.are(
    runs,
    'runs on the other worker',
    ({ attempts }) => attempts.at(-1)?.worker === 'w2' && attempts.at(-1)?.startedAt !== undefined,
  )

describe.concurrent('cut from the broker', () => {
  test('for less than the lease, a worker goes on: what ended meanwhile is told, nothing starts again', async () => {
    await using scene = await openCut()
    await scene.model('patient', undefined, { lease: '60s' })
    const [first = '', second = ''] = await scene.submit('patient', 2)
    await scene.running([first, second])
    scene.away()
    await scene.w1.line(({ msg }) => msg === 'no connection to the broker, trying again')
    await scene.release([first])
    await until('its model has ended', async () => (await containerOf(first, 1)) === 'exited')
    scene.proxy.accept()
    await scene.are([first], 'has ended', ({ state }) => state === 'succeeded')
    await scene.release([second])
    const views = await scene.ends([first, second])
    expect(views.map(({ attempts }) => attempts.length)).toEqual([1, 1])
  })

  test('for longer than the lease, its runs go elsewhere: it is told to stop, and what it made never wins', async () => {
    await using scene = await openCut()
    await scene.model('patient')
    const [ended = '', running = ''] = await scene.submit('patient', 2)
    await scene.running([ended, running])
    scene.away()
    await scene.worker('w2')
    await onSecond(scene, [ended, running])
    await releaseAttempt(scene, ended, 1)
    await until('its model has ended', async () => (await containerOf(ended, 1)) === 'exited')
    scene.proxy.accept()
    for (const run of [ended, running])
      await until('the old attempt is let go', async () => (await containerOf(run, 1)) === undefined)
    for (const run of [ended, running]) {
      expect((await scene.view(run)).state).toBe('running')
      await releaseAttempt(scene, run, 2)
    }
    const views = await scene.ends([ended, running], { starts: 2 })
    expect(views.map(({ attempts }) => attempts.at(-1)?.worker)).toEqual(['w2', 'w2'])
  })

  test('without a word, by a network that holds all bytes back: the late ones renew nothing', async () => {
    await using scene = await openCut()
    await scene.model('patient')
    const runs = await scene.submit('patient')
    await scene.running(runs)
    scene.proxy.stall()
    await scene.worker('w2')
    await onSecond(scene, runs)
    scene.proxy.flow()
    for (const run of runs) {
      await until('the old attempt is let go', async () => (await containerOf(run, 1)) === undefined)
      await releaseAttempt(scene, run, 2)
    }
    await scene.ends(runs, { starts: 2 })
  })

  test('[42] while its run is cancelled, a worker learns of it when it is back', async () => {
    await using scene = await openCut()
    await scene.model('patient', undefined, { lease: '60s' })
    const runs = await scene.submit('patient')
    await scene.running(runs)
    scene.away()
    await scene.w1.line(({ msg }) => msg === 'no connection to the broker, trying again')
    for (const run of runs) expect((await scene.api('POST', `/v1/runs/${run}/cancel`)).status).toBe(202)
    await until('the order is lost', () =>
      scene
        .onBroker((channel) => channel.checkQueue('carya.control.w1'))
        .then(
          () => false,
          () => true,
        ),
    )
    scene.proxy.accept()
    await scene.ends(runs, { state: 'cancelled', starts: 1 })
  })

  test('for three leases, a dispatcher expires nothing: what ended meanwhile counts', async () => {
    const installation = await install()
    await using proxy = await Proxy.to(installation.amqpUrl(DISPATCHER_USER))
    await using scene = await openOutage({ installation, dispatcher: { CARYA_AMQP_URL: proxy.url } })
    await scene.model('patient', undefined, { lease: '2s' })
    const [first = '', second = ''] = await scene.submit('patient', 2)
    await scene.running([first, second])
    proxy.refuse()
    proxy.cut()
    const since = performance.now()
    await scene.release([first])
    await until('three leases have passed', () => performance.now() - since > 6000)
    proxy.accept()
    await scene.are([first], 'has ended', ({ state }) => state === 'succeeded')
    await scene.release([second])
    const views = await scene.ends([first, second])
    expect(views.map(({ attempts }) => attempts.length)).toEqual([1, 1])
  })
})
