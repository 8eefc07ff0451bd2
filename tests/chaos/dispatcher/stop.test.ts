/** A dispatcher that is told to stop while its servers are away stops all the same. */
import { DISPATCHER_USER } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { Proxy } from '../../support/proxy.ts'
import { install } from '../../support/stack.ts'

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
