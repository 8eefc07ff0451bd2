/** RabbitMQ and Redis for a bench: those named by CARYA_TEST_*, as tests take them, or containers of its own. */
import { startRabbit, startRedis } from '../tests/support/containers.ts'
import type { Servers } from '../tests/support/installation.ts'

/** Starts what is not named; `stack` takes it down. */
export async function benchServers(stack: AsyncDisposableStack): Promise<Servers> {
  const {
    CARYA_TEST_AMQP_URL: amqpUrl,
    CARYA_TEST_AMQP_MANAGEMENT_URL: managementUrl,
    CARYA_TEST_REDIS_URL,
  } = process.env
  const rabbit = amqpUrl && managementUrl ? { amqpUrl, managementUrl } : stack.use(await startRabbit())
  const redisUrl = CARYA_TEST_REDIS_URL ?? stack.use(await startRedis()).redisUrl
  return { amqpUrl: rabbit.amqpUrl, managementUrl: rabbit.managementUrl, redisUrl }
}
