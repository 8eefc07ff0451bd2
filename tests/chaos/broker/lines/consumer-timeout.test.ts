/**
 * A broker that loses patience after ten seconds with who holds a message: models run for longer, and so may a
 * dispatcher wait for Redis. It looks every second; by default it would after a minute only.
 */
import { queues } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { installOn } from '../../../support/installation.ts'
import { ownRabbit, ownRedis, type OwnRabbit, type OwnRedis } from '../../../support/own-servers.ts'
import { lasting } from '../../../support/scene.ts'
import type { Line } from '../../../support/service.ts'
import { openOutage } from '../../outage.ts'

const servers = new AsyncDisposableStack()
let rabbit: OwnRabbit
let redis: OwnRedis
beforeAll(async () => {
  const impatient = { conf: ['consumer_timeout = 10000'], advanced: ['{channel_tick_interval, 1000}'] }
  rabbit = servers.use(await ownRabbit(impatient))
  redis = servers.use(await ownRedis())
})
afterAll(() => servers.disposeAsync())

const open = async (redisUrl: string) =>
  openOutage({
    installation: await installOn({ ...rabbit, redisUrl }),
    worker: { CARYA_WORKER_CPUS: '2' },
  })

describe.concurrent('a broker that waits ten seconds', () => {
  test('[50] models run for three times the consumer timeout: 20 runs at once start exactly 20 containers', async () => {
    await using scene = await open(inject('redisUrl'))
    const resources = { cpus: 0.05, memory: '16MiB' }
    await scene.model('long', lasting(30), { resources, lease: '2m' })
    const runs = await scene.submit('long', 20)
    await scene.running(runs)
    await scene.ends(runs)
    expect(runs.reduce((sum, run) => sum + scene.judge.starts(run), 0)).toBe(20)
  })

  test('[28, 50] Redis is frozen for longer than the consumer timeout, with reports in hand: none is lost', async () => {
    await using scene = await open(redis.redisUrl)
    await scene.model('patient')
    const runs = await scene.submit('patient', 3)
    await scene.running(runs)
    await redis.pause()
    await scene.release(runs)
    const isLost = ({ msg, queue }: Line) =>
      msg === 'channel lost, opening another' && queue === queues.reports
    await scene.first.dispatcher.line(isLost)
    await redis.resume()
    await scene.ends(runs)
  })
})
