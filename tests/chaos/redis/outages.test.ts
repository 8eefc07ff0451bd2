/** Redis goes away in every way, each time one of the test's own. */
import { queueDeclarations, queues } from '@carya/contracts'
import { describe, expect, inject, test } from 'vitest'
import { openAmqpClient } from '../../support/amqp-client.ts'
import { installOn } from '../../support/installation.ts'
import { ownRedis } from '../../support/own-servers.ts'
import { Proxy } from '../../support/proxy.ts'
import { lasting } from '../../support/scene.ts'
import { install } from '../../support/stack.ts'
import { until } from '../../support/until.ts'
import { openOutage, type OutageParts } from '../outage.ts'

/** A scene with a Redis of its own. */
async function openWithRedis(parts: OutageParts = {}) {
  await using stack = new AsyncDisposableStack()
  const redis = stack.use(await ownRedis())
  const [amqpUrl, managementUrl] = [inject('amqpUrl'), inject('amqpManagementUrl')]
  const installation = await installOn({ amqpUrl, managementUrl, redisUrl: redis.redisUrl })
  // two deliveries at most: a report that were given back to its queue to wait for Redis would be lost
  {
    await using admin = await openAmqpClient(installation.adminUrl)
    for (const { name, arguments: args } of queueDeclarations.filter((each) => each.name === queues.reports))
      await admin.channel.assertQueue(name, { durable: true, arguments: { ...args, 'x-delivery-limit': 1 } })
  }
  const scene = stack.use(await openOutage({ installation, ...parts }))
  const owned = stack.move()
  return { ...scene, redis, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const THREE_LEASES_MS = 6000
const passed = async (ms: number) => {
  const since = performance.now()
  await until(`${ms} ms have passed`, () => performance.now() - since > ms)
}

describe.concurrent('Redis', () => {
  test('[28] is stopped for three leases while models run and end: nothing starts again, no report is given up', async () => {
    await using scene = await openWithRedis()
    await scene.model('patient', undefined, { lease: '2s' })
    const [first = '', second = ''] = await scene.submit('patient', 2)
    await scene.running([first, second])
    await scene.redis.stop()
    await scene.release([first])
    await passed(THREE_LEASES_MS)
    expect((await scene.api('POST', '/v1/runs', { kind: 'run', model: 'patient' })).status).toBe(503)
    await scene.redis.start()
    await scene.are([first], 'has ended', ({ state }) => state === 'succeeded')
    const later = await scene.submit('patient')
    await scene.running(later)
    await scene.release([second, ...later])
    const views = await scene.ends([first, second, ...later])
    expect(views.map(({ attempts }) => attempts.length)).toEqual([1, 1, 1])
    const told = scene.first.dispatcher.lines.map(({ msg }) => msg)
    expect(told).not.toContain('a report was dead-lettered')
  })

  test('is killed while runs are accepted, fed and ended: what was acknowledged is there', async () => {
    await using scene = await openWithRedis()
    await scene.model('quick', lasting(0.3))
    const runs = await scene.submit('quick', 8)
    await scene.are(runs.slice(0, 2), 'has ended', ({ state }) => state === 'succeeded')
    await scene.redis.kill()
    await scene.redis.start()
    await until('work is taken again', async () => (await scene.api('GET', '/readyz')).status === 200)
    await scene.ends([...runs, ...(await scene.submit('quick', 2))])
  })

  test('is frozen for three leases, and its connections with it: nothing starts again', async () => {
    await using scene = await openWithRedis()
    await scene.model('patient', undefined, { lease: '2s' })
    const [first = '', second = ''] = await scene.submit('patient', 2)
    await scene.running([first, second])
    await scene.redis.pause()
    await scene.release([first])
    await passed(THREE_LEASES_MS)
    await scene.redis.resume()
    await scene.are([first], 'has ended', ({ state }) => state === 'succeeded')
    await scene.release([second])
    const views = await scene.ends([first, second])
    expect(views.map(({ attempts }) => attempts.length)).toEqual([1, 1])
  })

  test('is out of reach of its dispatcher for three leases: nothing starts again', async () => {
    const installation = await install()
    await using proxy = await Proxy.to(installation.redisUrl)
    await using scene = await openOutage({ installation, dispatcher: { CARYA_REDIS_URL: proxy.url } })
    await scene.model('patient', undefined, { lease: '2s' })
    const [first = '', second = ''] = await scene.submit('patient', 2)
    await scene.running([first, second])
    proxy.refuse()
    proxy.cut()
    await scene.release([first])
    await passed(THREE_LEASES_MS)
    proxy.accept()
    await scene.are([first], 'has ended', ({ state }) => state === 'succeeded')
    await scene.release([second])
    const views = await scene.ends([first, second])
    expect(views.map(({ attempts }) => attempts.length)).toEqual([1, 1])
  })
})
