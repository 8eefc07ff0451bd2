/** A dispatcher whose servers are away when it starts, or when it is told to stop. */
import { DISPATCHER_USER } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { Proxy } from '../../support/proxy.ts'
import { install } from '../../support/stack.ts'
import { tripwire } from '../../support/tripwire.ts'

const settingOf = {
  Redis: 'CARYA_REDIS_URL',
  RabbitMQ: 'CARYA_AMQP_URL',
}

describe.concurrent('a dispatcher stops in good order', () => {
  test.each(['Redis', 'RabbitMQ'] as const)('while %s is away', async (server) => {
    await using installation = await install()
    const target = server === 'Redis' ? installation.redisUrl : installation.amqpUrl(DISPATCHER_USER)
    await using proxy = await Proxy.to(target)
    const { service } = await installation.dispatcher({ [settingOf[server]]: proxy.url })
    proxy.refuse()
    proxy.cut()
    expect(await service.stop()).toBe(0)
  })

  test.each(['Redis', 'RabbitMQ'] as const)('while %s answers nothing', async (server) => {
    await using installation = await install()
    const target = server === 'Redis' ? installation.redisUrl : installation.amqpUrl(DISPATCHER_USER)
    await using proxy = await Proxy.to(target)
    const { service } = await installation.dispatcher({ [settingOf[server]]: proxy.url })
    proxy.stall()
    expect(await service.stop()).toBe(0)
  })
})

test('a dispatcher that loses Redis while it starts waits for it, at whatever step', async () => {
  await using installation = await install()
  await using redis = await tripwire(installation.redisUrl)
  // an attempt to start of its own for each step: what it asks of Redis, in its order
  for (const step of [/appendfsync/, /carya:workers/]) {
    const held = redis.hold({ toServer: step })
    const starting = installation.dispatcher({ CARYA_REDIS_URL: redis.url })
    await held
    redis.mend()
    const { service } = await starting
    expect(await service.stop()).toBe(0)
  }
})
