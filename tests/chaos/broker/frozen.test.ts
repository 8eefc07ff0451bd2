/** RabbitMQ stands still with its connections open: nobody is told, and nothing arrives. */
import { expect, inject, test } from 'vitest'
import { installOn } from '../../support/installation.ts'
import { ownRabbit } from '../../support/own-servers.ts'
import { until } from '../../support/until.ts'
import { openOutage } from '../outage.ts'

test('a broker that stands still for three leases takes none away: every model runs once', async () => {
  await using rabbit = await ownRabbit()
  await using scene = await openOutage({
    installation: await installOn({ ...rabbit, redisUrl: inject('redisUrl') }),
    worker: { CARYA_WORKER_CPUS: '1' },
  })
  await scene.model('patient', undefined, { lease: '3s' })
  const runs = await scene.submit('patient', 3)
  await scene.running(runs)
  await rabbit.pause()
  const since = performance.now()
  await until('three leases have passed', () => performance.now() - since > 9000)
  await rabbit.resume()
  await until('workers are heard again', async () => {
    const [worker] = (await scene.api('GET', '/v1/workers')).body.items
    return Date.now() - Date.parse(String(worker?.['lastBeatAt'])) < 1500
  })
  await scene.release(runs)
  const views = await scene.ends(runs)
  expect(views.map((view) => view.attempts.length)).toEqual([1, 1, 1])
})
