/**
 * A RabbitMQ and a Redis of a test's own, that can be stopped, killed, frozen and started again: at the same address
 * and with their data. They are containers that share the host's network and listen on loopback. Each test file has
 * one at most of each: a broker takes ten seconds to come up, Redis less than one.
 */
import { connect } from 'amqplib'
import { Redis } from 'ioredis'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brokerApi } from './broker-api.ts'
import { CALM_ERLANG, execIn, serverImage, testcontainers, TEST_LABEL } from './containers.ts'
import { engine, unless } from './engine.ts'
import { until } from './until.ts'

export type OwnServer = AsyncDisposable & {
  containerId: string
  /** Ends it in good order; resolves when it has gone. */
  stop(): Promise<void>
  /** Ends it with SIGKILL: nothing is written or said any more. */
  kill(): Promise<void>
  /** Starts it again after it has ended; resolves when it answers. */
  start(): Promise<void>
  /** Freezes it: connections stay, nothing is answered until `resume`. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Waits until it has ended by itself; its exit code. */
  ended(): Promise<number>
}
export type OwnRabbit = OwnServer & {
  /** An administrator's. */
  amqpUrl: string
  managementUrl: string
  /** Runs `rabbitmqctl` in it. */
  ctl(...args: string[]): Promise<string>
}
export type OwnRedis = OwnServer & {
  redisUrl: string
  /** Copies its files as they are now; resolves to the copy's folder, gone with the server. */
  copy(): Promise<string>
  /** Puts a copy in the place of its files. It must have ended, and is started by the caller. */
  putBack(copy: string): Promise<void>
}

export type RabbitSettings = {
  /** lines of rabbitmq.conf */
  conf?: readonly string[]
  /** application variables that rabbitmq.conf has no word for, as Erlang terms: `{channel_tick_interval, 1000}` */
  advanced?: readonly string[]
}

const START_MS = 90_000

/** Starts a RabbitMQ with the management plugin; resolves when it takes connections. */
export async function ownRabbit({ conf = [], advanced = [] }: RabbitSettings = {}): Promise<OwnRabbit> {
  const { GenericContainer } = await testcontainers()
  const [amqp, management, distribution, epmd] = await freePorts(4)
  const [user, password] = ['administrator', randomBytes(12).toString('hex')]
  const content = [
    `default_user = ${user}`,
    `default_pass = ${password}`,
    `listeners.tcp.1 = 127.0.0.1:${amqp}`,
    'management.tcp.ip = 127.0.0.1',
    `management.tcp.port = ${management}`,
    ...conf,
    '',
  ].join('\n')
  const terms = `[{rabbit, [${advanced.join(', ')}]}].\n`
  const container = await new GenericContainer(await serverImage('rabbitmq'))
    .withLabels(TEST_LABEL)
    .withNetworkMode('host')
    .withEnvironment({
      ...CALM_ERLANG,
      RABBITMQ_NODENAME: `own-${amqp}@localhost`,
      RABBITMQ_DIST_PORT: String(distribution),
      ERL_EPMD_PORT: String(epmd),
      ERL_EPMD_ADDRESS: '127.0.0.1',
    })
    .withCopyContentToContainer([
      { content, target: '/etc/rabbitmq/rabbitmq.conf', mode: 0o644 },
      { content: terms, target: '/etc/rabbitmq/advanced.config', mode: 0o644 },
    ])
    .withWaitStrategy(await whenRunning())
    .start()
  const url = (scheme: string, port?: number) => `${scheme}://${user}:${password}@127.0.0.1:${port}`
  const amqpUrl = url('amqp', amqp)
  const managementUrl = url('http', management)
  const id = container.getId()
  const answers = async () => {
    await (await connect(amqpUrl)).close()
    return brokerApi(managementUrl).version()
  }
  const server = await startable(id, answers)
  return { ...server, amqpUrl, managementUrl, ctl: (...args) => execIn(id, ['rabbitmqctl', ...args]) }
}

/**
 * Starts a Redis as the design demands it: every acknowledged write is on disk, none is evicted. `data` names a volume
 * or folder for its files in place of one that is made here.
 */
export async function ownRedis({ data }: { data?: string } = {}): Promise<OwnRedis> {
  const { GenericContainer } = await testcontainers()
  const [port] = await freePorts(1)
  const folder = await mkdtemp(join(tmpdir(), 'carya-redis-'))
  const files = data ?? join(folder, 'data')
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
  const address = ['--bind', '127.0.0.1', '--port', String(port), '--databases', '200']
  const container = await new GenericContainer(await serverImage('redis'))
    .withLabels(TEST_LABEL)
    .withNetworkMode('host')
    // its files are the caller's, who copies and deletes them
    .withUser(`${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`)
    .withBindMounts([{ source: files, target: '/data', mode: 'rw' }])
    .withWorkingDir('/data')
    .withCommand(['redis-server', ...address, ...durable])
    .withWaitStrategy(await whenRunning())
    .start()
  const redisUrl = `redis://127.0.0.1:${port}`
  const answers = async () => {
    const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null })
    redis.on('error', () => {}) // the call says it, too
    try {
      await redis.connect()
      return await redis.ping()
    } finally {
      redis.disconnect()
    }
  }
  const server = await startable(container.getId(), answers)
  return {
    ...server,
    redisUrl,
    async copy() {
      const copy = await mkdtemp(join(folder, 'copy-'))
      await cp(files, copy, { recursive: true })
      return copy
    },
    async putBack(copy) {
      await rm(files, { recursive: true })
      await cp(copy, files, { recursive: true })
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The rest of the start is waited for by asking the server itself, as after every later start. */
async function whenRunning() {
  const { Wait } = await testcontainers()
  return Wait.forLogMessage(/./)
}

async function startable(containerId: string, answers: () => Promise<unknown>): Promise<OwnServer> {
  const container = engine().getContainer(containerId)
  const isUp = () =>
    until(
      'the server answers',
      () =>
        answers().then(
          () => true,
          () => false,
        ),
      START_MS,
    )
  const gone = { 304: 'it has ended already', 409: 'it has ended meanwhile' }
  const server: OwnServer = {
    containerId,
    stop: () => container.stop({ t: 30 }).then(() => undefined, unless(gone)),
    async kill() {
      await container.kill({ signal: 'SIGKILL' }).catch(unless(gone))
      await container.wait()
    },
    async start() {
      await container.start()
      await isUp()
    },
    pause: async () => void (await container.pause()),
    resume: async () => void (await container.unpause()),
    ended: async () => (await container.wait()).StatusCode,
    async [Symbol.asyncDispose]() {
      await container.remove({ force: true, v: true })
    },
  }
  try {
    await isUp()
  } catch (err) {
    await server[Symbol.asyncDispose]()
    throw err
  }
  return server
}

/**
 * Ports of loopback that nothing listens on now; below those that the system gives to connections, or one of these
 * might take a port while its server is down.
 */
async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = randomInt(10_000, 30_000)
    if (!ports.includes(port) && (await isFree(port))) ports.push(port)
  }
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}
