/**
 * RabbitMQ and Redis for a bench: those named by CARYA_TEST_*, as tests take them, or containers of its own that
 * share the host's network and listen on loopback, so that no proxy stands between them and what is measured.
 */
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { CALM_ERLANG, serverImage, testcontainers, TEST_LABEL } from '../tests/support/containers.ts'
import type { Servers } from '../tests/support/installation.ts'

/** Starts what is not named; `stack` takes it down. */
export async function benchServers(stack: AsyncDisposableStack): Promise<Servers> {
  const { env } = process
  const amqpUrl = env['CARYA_TEST_AMQP_URL']
  const managementUrl = env['CARYA_TEST_AMQP_MANAGEMENT_URL']
  const rabbit = amqpUrl && managementUrl ? { amqpUrl, managementUrl } : await rabbitOnLoopback(stack)
  return { ...rabbit, redisUrl: env['CARYA_TEST_REDIS_URL'] ?? (await redisOnLoopback(stack)) }
}

async function rabbitOnLoopback(stack: AsyncDisposableStack) {
  const { GenericContainer, Wait } = await testcontainers()
  const [amqp, management, distribution, epmd] = await freePorts(4)
  const [user, password] = ['administrator', randomBytes(12).toString('hex')]
  const content = [
    `default_user = ${user}`,
    `default_pass = ${password}`,
    `listeners.tcp.1 = 127.0.0.1:${amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${management}`,
    '',
  ].join('\n')
  const container = await new GenericContainer(await serverImage('rabbitmq'))
    .withLabels(TEST_LABEL)
    .withNetworkMode('host')
    .withEnvironment({
      ...CALM_ERLANG,
      RABBITMQ_NODENAME: `bench-${amqp}@localhost`,
      RABBITMQ_DIST_PORT: String(distribution),
      ERL_EPMD_PORT: String(epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    })
    .withCopyContentToContainer([{ content, target: '/etc/rabbitmq/rabbitmq.conf', mode: 0o644 }])
    .withWaitStrategy(Wait.forLogMessage(/Server startup complete/))
    .start()
  stack.defer(async () => void (await container.stop()))
  const url = (scheme: string, port: number) => `${scheme}://${user}:${password}@127.0.0.1:${port}`
  return { amqpUrl: url('amqp', amqp!), managementUrl: url('http', management!) }
}

async function redisOnLoopback(stack: AsyncDisposableStack): Promise<string> {
  const { GenericContainer, Wait } = await testcontainers()
  const [port] = await freePorts(1)
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  const container = await new GenericContainer(await serverImage('redis'))
    .withLabels(TEST_LABEL)
    .withNetworkMode('host')
    .withCommand(['redis-server', '--bind', '127.0.0.1', '--port', String(port), ...durable])
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start()
  stack.defer(async () => void (await container.stop()))
  return `redis://127.0.0.1:${port}`
}

/** Ports of loopback that nothing listens on now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve) => {
          const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
        }),
    ),
  )
  const ports = servers.map((server) => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
