/**
 * Real servers for the integration and end-to-end projects: started once before all tests, stopped after them.
 * CARYA_TEST_AMQP_URL (an administrator's; with CARYA_TEST_AMQP_MANAGEMENT_URL) and CARYA_TEST_REDIS_URL name others
 * to use instead. A server that cannot be had fails the run. Tests share them: each takes a vhost or prefix of its own.
 */
import type { TestProject } from 'vitest/node'
import { brokerApi } from './broker-api.ts'
import { startRabbit, startRedis } from './containers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    amqpUrl: string
    amqpManagementUrl: string
    redisUrl: string
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using started = new AsyncDisposableStack()
  const [rabbit, redis] = await Promise.all([
    givenRabbit() ?? startRabbit().then((server) => started.use(server)),
    givenRedis() ?? startRedis().then((server) => started.use(server)),
  ])
  console.log(`tests of ${project.name} run on RabbitMQ ${await brokerApi(rabbit.managementUrl).version()}`)
  project.provide('amqpUrl', rabbit.amqpUrl)
  project.provide('amqpManagementUrl', rabbit.managementUrl)
  project.provide('redisUrl', redis.redisUrl)
  const running = started.move()
  return () => running.disposeAsync()
}

function givenRabbit() {
  const amqpUrl = process.env['CARYA_TEST_AMQP_URL']
  if (!amqpUrl) return undefined
  const managementUrl = process.env['CARYA_TEST_AMQP_MANAGEMENT_URL'] ?? managementBeside(amqpUrl)
  return { amqpUrl, managementUrl }
}

function managementBeside(amqpUrl: string): string {
  const { username, password, hostname } = new URL(amqpUrl)
  return `http://${username}:${password}@${hostname}:15672`
}

function givenRedis() {
  const redisUrl = process.env['CARYA_TEST_REDIS_URL']
  return redisUrl ? { redisUrl } : undefined
}
