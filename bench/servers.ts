/**
 * RabbitMQ and Redis for a bench: those named by CARYA_TEST_*, as tests take them, or containers of its own that
 * share the host's network, so that no proxy stands between them and what is measured.
 */
import type { Servers } from '../tests/support/installation.ts'
import { ownRabbit, ownRedis } from '../tests/support/own-servers.ts'

/** Starts what is not named; `stack` takes it down. */
export async function benchServers(stack: AsyncDisposableStack): Promise<Servers> {
  const { env } = process
  const amqpUrl = env['CARYA_TEST_AMQP_URL']
  const managementUrl = env['CARYA_TEST_AMQP_MANAGEMENT_URL']
  const rabbit = amqpUrl && managementUrl ? { amqpUrl, managementUrl } : stack.use(await ownRabbit())
  const redisUrl = env['CARYA_TEST_REDIS_URL'] ?? stack.use(await ownRedis()).redisUrl
  return { amqpUrl: rabbit.amqpUrl, managementUrl: rabbit.managementUrl, redisUrl }
}

/** Starts its own whatever is named: servers that nobody else loads. */
export async function ownServers(stack: AsyncDisposableStack): Promise<Servers> {
  const [rabbit, redis] = [stack.use(await ownRabbit()), stack.use(await ownRedis())]
  return { amqpUrl: rabbit.amqpUrl, managementUrl: rabbit.managementUrl, redisUrl: redis.redisUrl }
}
