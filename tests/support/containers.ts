/**
 * The servers that tests start for themselves, in containers. Every one has the label `carya.test=<run>` (given by
 * `carya test` as CARYA_TEST_RUN, else random), so that
 * what a killed test run leaves behind can be found: `docker ps -a --filter label=carya.test`.
 */
import { randomBytes } from 'node:crypto'

export const TEST_LABEL = { 'carya.test': process.env['CARYA_TEST_RUN'] ?? randomBytes(6).toString('hex') }

export type RabbitServer = AsyncDisposable & {
  containerId: string
  /** An administrator's. */
  amqpUrl: string
  /** The same administrator's, for the management plugin's HTTP API. */
  managementUrl: string
}
export type RedisServer = AsyncDisposable & { redisUrl: string }

/** Erlang's schedulers sleep when they have nothing to do, instead of spinning on the CPUs that models need. */
export const CALM_ERLANG = {
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+sbwt none +sbwtdcpu none +sbwtdio none',
}

/** Starts RabbitMQ with the management plugin; resolves when it takes connections. */
export async function startRabbit(settings = ''): Promise<RabbitServer> {
  const { GenericContainer, Wait } = await testcontainers()
  const [user, password] = ['tests', randomBytes(12).toString('hex')]
  const managementAnswers = Wait.forHttp('/api/overview', 15672).withBasicCredentials(user, password)
  const content = `default_user = ${user}\ndefault_pass = ${password}\n${settings}`
  const container = await new GenericContainer(await serverImage('rabbitmq'))
    .withLabels(TEST_LABEL)
    .withEnvironment(CALM_ERLANG)
    .withCopyContentToContainer([{ content, target: '/etc/rabbitmq/rabbitmq.conf', mode: 0o644 }])
    .withExposedPorts(5672, 15672)
    .withWaitStrategy(Wait.forAll([Wait.forListeningPorts(), managementAnswers]))
    .start()
  const url = (scheme: string, port: number) =>
    `${scheme}://${user}:${password}@${container.getHost()}:${container.getMappedPort(port)}`
  return {
    containerId: container.getId(),
    amqpUrl: url('amqp', 5672),
    managementUrl: url('http', 15672),
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  }
}

/** Starts Redis as the design demands it: every acknowledged write is on disk, and none is evicted. */
export async function startRedis(): Promise<RedisServer> {
  const { GenericContainer, Wait } = await testcontainers()
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  const many = ['--databases', '200'] // one for each test file
  const container = await new GenericContainer(await serverImage('redis'))
    .withLabels(TEST_LABEL)
    .withCommand(['redis-server', '--protected-mode', 'no', ...durable, ...many])
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start()
  return {
    redisUrl: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    [Symbol.asyncDispose]: async () => void (await container.stop()),
  }
}

/** Runs a command in a container; resolves to its output, rejects if it fails. */
export async function execIn(containerId: string, command: string[]): Promise<string> {
  const { getContainerRuntimeClient } = await testcontainers()
  const { container } = await getContainerRuntimeClient()
  const { exitCode, output } = await container.exec(container.getById(containerId), command)
  if (exitCode !== 0) throw new Error(`${command.join(' ')} ended with ${exitCode}: ${output}`)
  return output
}

const LOCAL = { rabbitmq: 'carya/rabbitmq:4.0', redis: 'carya/redis:8.0' }
const OFFICIAL = { rabbitmq: 'rabbitmq:4-management', redis: 'redis:8' }

/** The image that CARYA_IMAGE_<PART> names, else the one built here if there is one, else the official one. */
export async function serverImage(part: keyof typeof LOCAL): Promise<string> {
  const named = process.env[`CARYA_IMAGE_${part.toUpperCase()}`]
  if (named) return named
  const { getContainerRuntimeClient, ImageName } = await testcontainers()
  const { image: images } = await getContainerRuntimeClient()
  return (await images.exists(ImageName.fromString(LOCAL[part]))) ? LOCAL[part] : OFFICIAL[part]
}

/** Reads its settings when it is first imported, so they are made first. */
export async function testcontainers() {
  const { env } = process
  if (env['CARYA_DOCKER_SOCKET']) env['DOCKER_HOST'] ??= `unix://${env['CARYA_DOCKER_SOCKET']}`
  env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true' // its image may not be had, and tests clean up after themselves
  // inside a container it would take the bridge's address, where nothing of ours is published
  if (env['DOCKER_HOST']?.startsWith('tcp:') !== true) env['TESTCONTAINERS_HOST_OVERRIDE'] ??= '127.0.0.1'
  return await import('testcontainers')
}
