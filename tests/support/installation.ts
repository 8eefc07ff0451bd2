/**
 * An installation of its own for one test file or bench, on servers that others may share: a vhost with the users and permissions that
 * `up` makes, a Redis database, a store, and the services as real processes. Disposal removes all of it, and the
 * containers that carry its label.
 */
import { brokerApi, type BrokerApi, type Permissions } from './broker-api.ts'
import { engine, unless } from './engine.ts'
import { freeDatabase } from './redis-database.ts'
import { startService, type Service } from './service.ts'
import { until } from './until.ts'
import {
  dispatcherGrants,
  submitterGrants,
  workerGrants,
  type Grants,
} from '../../apps/cli/src/stack/permissions.ts'
import { DISPATCHER_USER, labels, workerUser } from '@carya/contracts'
import { Redis } from 'ioredis'
import { randomBytes } from 'node:crypto'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Installation = AsyncDisposable & {
  name: string
  token: string
  store: string
  redis: Redis
  /** where this installation's Redis is */
  redisUrl: string
  /** the administrator's broker URL, in this installation's vhost */
  adminUrl: string
  /** the broker's management API, an administrator's; this installation's vhost has its name */
  broker: BrokerApi
  /** a broker URL with these credentials */
  amqpUrl(user: string): string
  dispatcher(settings?: Record<string, string>): Promise<{ service: Service; api: string }>
  worker(name: string, settings?: Record<string, string>): Promise<Service>
  /** makes a worker's login known to the broker, for one that is no real worker */
  permitWorker(name: string): Promise<void>
  /** makes a submitter known to the broker */
  submitter(user: string): Promise<void>
}

// users belong to the whole broker, which all test files share
const PASSWORD = 'only-for-tests-on-loopback'

export type Servers = { amqpUrl: string; managementUrl: string; redisUrl: string }

export async function installOn(servers: Servers): Promise<Installation> {
  const broker = brokerApi(servers.managementUrl)
  const name = `t${randomBytes(5).toString('hex')}`
  const administrator = decodeURIComponent(new URL(servers.amqpUrl).username)
  await broker.createVhost(name)
  await broker.permit(name, administrator)
  const permit = async (user: string, grants: Grants) => {
    const permissions: Permissions = grants.permissions
    await broker.createUser(user, PASSWORD)
    await broker.permit(name, user, permissions)
    for (const topic of grants.topics) {
      // 4.3 refuses a topic permission on an exchange that is not there
      await broker.declareTopicExchange(name, topic.exchange)
      await broker.permitTopic(name, user, topic)
    }
  }
  await permit(DISPATCHER_USER, dispatcherGrants)

  const redisUrl = await freeDatabase(servers.redisUrl)
  const redis = new Redis(redisUrl)
  // a server that goes first is not this connection's to tell
  redis.on('error', () => {})
  const folder = await mkdtemp(join(tmpdir(), 'carya-test-'))
  const store = folder
  // as `up` does: where we are root, models run as an ordinary user, who must own the store
  if (process.getuid?.() === 0) await chown(store, 10_001, 10_001)
  const token = randomBytes(18).toString('hex')
  const tokens = `${folder}.tokens`
  await writeFile(tokens, `test=${token}\n`, { mode: 0o600 })

  const amqpUrl = (user: string) => {
    const url = new URL(servers.amqpUrl)
    url.username = user
    url.password = PASSWORD
    url.pathname = `/${name}`
    return url.href
  }
  const admin = new URL(servers.amqpUrl)
  admin.pathname = `/${name}`
  const services: Service[] = []
  const start = (service: Service) => {
    services.push(service)
    return service
  }

  return {
    name,
    token,
    store,
    redis,
    redisUrl,
    adminUrl: admin.href,
    broker,
    amqpUrl,
    permitWorker: (worker) => permit(workerUser(worker), workerGrants(worker, 'default')),
    submitter: (user) => permit(user, submitterGrants(user)),
    async dispatcher(settings = {}) {
      const service = start(
        startService('dispatcher', {
          CARYA_AMQP_URL: amqpUrl(DISPATCHER_USER),
          CARYA_REDIS_URL: redisUrl,
          CARYA_STORE: store,
          CARYA_TOKENS_FILE: tokens,
          CARYA_INSTALLATION: name,
          CARYA_HTTP_PORT: '0',
          ...settings,
        }),
      )
      const ready = await service.line((line) => line.msg === 'dispatcher is ready')
      return { service, api: String(ready['address']) }
    },
    async worker(worker, settings = {}) {
      await permit(workerUser(worker), workerGrants(worker, settings['CARYA_POOL'] ?? 'default'))
      const service = start(
        startService('worker', {
          CARYA_AMQP_URL: amqpUrl(workerUser(worker)),
          CARYA_STORE: store,
          CARYA_WORKER: worker,
          CARYA_INSTALLATION: name,
          ...settings,
        }),
      )
      await service.line((line) => line.msg === 'worker is ready')
      return service
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(services.map((service) => service[Symbol.asyncDispose]()))
      await removeContainers(name)
      await redis.flushdb()
      redis.disconnect()
      await broker.deleteVhost(name)
      await rm(folder, { recursive: true, force: true })
      await rm(tokens, { force: true })
    },
  }
}

/** Ours by label, and no others. */
async function removeContainers(installation: string): Promise<void> {
  const docker = engine()
  const filters = { label: [`${labels.installation}=${installation}`] }
  const gone = { 404: 'somebody has removed it meanwhile', 409: 'somebody is removing it' }
  await until(`no container of ${installation} is left`, async () => {
    const left = await docker.listContainers({ all: true, filters })
    const removals = left.map(({ Id }) => docker.getContainer(Id).remove({ force: true }).catch(unless(gone)))
    await Promise.all(removals)
    return left.length === 0
  })
}
