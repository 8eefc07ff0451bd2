/** Hosts that die with everything on them: what ran there runs elsewhere, and not for ever. */
import { labels } from '@carya/contracts'
import { expect, test } from 'vitest'
import { engine } from '../../support/engine.ts'
import { needEngine, startEngine } from '../../support/own-engine.ts'
import { TEST_IMAGE } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

test('a whole host is killed under its models: they run on the other one', async (context) => {
  needEngine(context)
  await using host = await startEngine()
  await using scene = await openOutage({ workers: [], engines: [engine(), host.docker] })
  await host.load(TEST_IMAGE)
  const first = await scene.worker('w1', { CARYA_DOCKER_SOCKET: host.socket })
  await scene.model('patient')
  const runs = await scene.submit('patient', 3)
  await scene.running(runs)
  const second = await scene.worker('w2')
  await Promise.all([first.stop('SIGKILL'), host.killHost()])
  await scene.are(runs, 'runs on the other host', ({ attempts }) => {
    const last = attempts.at(-1)
    return last?.worker === 'w2' && last.startedAt !== undefined
  })
  await scene.release(runs)
  // what it left is its worker's to remove, when the host is back
  await host.start()
  await scene.worker('w1', { CARYA_DOCKER_SOCKET: host.socket })
  const views = await scene.ends(runs, { starts: 2 })
  for (const { attempts } of views)
    expect(attempts.map((each) => [each.worker, each.failure?.kind])).toEqual([
      ['w1', 'worker_lost'],
      ['w2', undefined],
    ])
  await second.stop()
})

test('[38] a run that takes every host with it is given up, and harms no other run', async () => {
  const names = ['w1', 'w2', 'w3']
  await using scene = await openOutage({ workers: [] })
  const workers = new Map(
    await Promise.all(names.map(async (name) => [name, await scene.worker(name)] as const)),
  )
  await scene.model('killer')
  await scene.model('patient')
  const [killer = ''] = await scene.submit('killer')
  const filters = { label: [`${labels.run}=${killer}`], status: ['running'] }
  for (let host = 1; host <= names.length; host += 1) {
    const found = await until(
      'it is started on the next host',
      async () => (await engine().listContainers({ filters }))[0],
    )
    const name = found.Labels[labels.worker] ?? ''
    await workers.get(name)?.stop('SIGKILL')
    await engine().getContainer(found.Id).remove({ force: true })
    workers.set(name, await scene.worker(name))
  }
  const [view] = await scene.ends([killer], { state: 'failed', starts: names.length })
  expect(view?.failure?.kind).toBe('worker_lost')
  expect(new Set(view?.attempts.map((each) => each.worker))).toEqual(new Set(names))
  const runs = await scene.submit('patient', 2)
  await scene.running(runs)
  await scene.release(runs)
  await scene.ends(runs)
})
