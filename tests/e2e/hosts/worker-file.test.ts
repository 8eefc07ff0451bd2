/**
 * How a worker on another host joins a stack and leaves it: `carya worker add`, docker/worker.yml, `carya worker rm`.
 * Its container is on the stack's engine here, and reaches the broker by the bridge's address, as from anywhere else.
 * Each test goes on where the last one ended.
 */
import { connect } from 'amqplib'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findCompose } from '../../../apps/cli/src/stack/compose.ts'
import { parseEnvFile } from '../../../apps/cli/src/stack/environment.ts'
import { apiOf, type CallApi } from '../../support/api.ts'
import { engine } from '../../support/engine.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { until } from '../../support/until.ts'
import { openHome, root, run, type Ended, type Env, type Home, type Status } from '../stack/carya.ts'

type Added = {
  amqp: string
  env: Record<string, string>
  applied: boolean
  isReachable: boolean
  changes: string[]
}
type Removed = { applied: boolean; runs?: number; forgotten?: boolean }

const stack = new AsyncDisposableStack()
let home: Home
let api: CallApi
let gateway: string
let settings: string
let same: Record<string, string>

beforeAll(async () => {
  await testImage()
  gateway = await bridgeAddress()
  home = stack.use(await openHome())
  settings = join(home.path, 'node2.env')
  const up = await home.carya(['up', '--listen', gateway])
  expect(up.code, up.stderr).toBe(0)
  expect(up.stderr).toContain('AMQP is not encrypted')
  const { parts } = await home.json<Status>(['status'])
  same = { CARYA_IMAGE_SERVICES: parts.find(({ name }) => name === 'worker')?.image ?? '' }
  const env = await home.json<Env>(['env'])
  api = apiOf(env.api, env.token)
}, 300_000)
afterAll(() => stack.disposeAsync())

/** The host's own address on the engine's bridge; the engine itself does not always name it when it made the bridge. */
async function bridgeAddress(): Promise<string> {
  const { Options = {} } = await engine().getNetwork('bridge').inspect()
  const bridge = Options['com.docker.network.bridge.name'] ?? 'docker0'
  const address = networkInterfaces()[bridge]?.find(({ family }) => family === 'IPv4')?.address
  if (address === undefined) throw new Error(`the bridge ${bridge} has no address on this host`)
  return address
}

const published = async () => {
  const { parts } = await home.json<Status>(['status'])
  const of = async (name: string) => {
    const { container = '' } = parts.find((part) => part.name === name) ?? {}
    const { Ports } = (await engine().getContainer(container).inspect()).NetworkSettings
    const addresses = Object.values(Ports).flatMap((each) => (each ?? []).map(({ HostIp }) => HostIp))
    return addresses.toSorted()
  }
  return { rabbitmq: await of('rabbitmq'), dispatcher: await of('dispatcher'), redis: await of('redis') }
}

const login = (url: string) =>
  connect(url).then(
    async (connection) => {
      await connection.close()
      return 'in'
    },
    (error: unknown) => String(error),
  )

/** Compose of either generation, on the host of the worker. */
async function compose(...args: string[]): Promise<Ended> {
  const found = await findCompose()
  if (!found) throw new Error('there is no docker compose here')
  const [program, ...first] = found.command
  const file = [
    '-p',
    `carya-node2-${process.pid}`,
    '--env-file',
    settings,
    '-f',
    join(root, 'docker/worker.yml'),
  ]
  return run(program, [...first, ...file, ...args], { PATH: process.env['PATH'] ?? '' })
}

test('up --listen opens the broker’s port on that address beside loopback, and no other port', async () => {
  const loopback = ['127.0.0.1']
  expect(await published()).toEqual({
    rabbitmq: [...loopback, gateway].toSorted(),
    dispatcher: loopback,
    redis: [],
  })
  const elsewhere = await home.carya(['up', '--listen', '203.0.113.77'], same)
  expect(elsewhere.code).toBe(2)
  expect(elsewhere.stderr).toContain(gateway)
})

test('an address that was kept and is gone is told, with what to do', async () => {
  const file = join(home.path, 'installation.json')
  const kept = await readFile(file, 'utf8')
  await writeFile(file, JSON.stringify({ ...JSON.parse(kept), listen: '203.0.113.77' }))
  const up = await home.carya(['up'], same)
  const doctor = await home.carya(['doctor'])
  await writeFile(file, kept)
  expect([up.code, doctor.code]).toEqual([1, 1])
  for (const said of [up.stderr, doctor.stdout])
    for (const word of ['203.0.113.77', 'carya up --listen 127.0.0.1']) expect(said).toContain(word)
})

test('worker add says the same each time, what has changed, and what is wrong with a name', async () => {
  const added = await home.json<Added>(['worker', 'add', 'node2', '--pool', 'far'])
  expect(added).toMatchObject({ applied: true, isReachable: true, env: { CARYA_POOL: 'far' } })
  expect(new URL(added.amqp).hostname).toBe(gateway)
  expect(await login(added.amqp)).toBe('in')

  const again = await home.carya(['worker', 'add', 'node2'])
  expect(parseEnvFile(again.stdout)).toEqual(added.env)
  const renewed = await home.json<Added>(['worker', 'add', 'node2', '--new-password'])
  expect(renewed.changes).toEqual(['its password is new'])
  expect(await login(added.amqp)).toContain('ACCESS_REFUSED')
  expect(await login(renewed.amqp)).toBe('in')
  await home.json<Added>(['worker', 'add', 'node2', '--broker', 'localhost:15672'])
  const { amqp, changes } = await home.json<Added>(['worker', 'add', 'node2'])
  expect([new URL(amqp).host, changes]).toEqual(['localhost:15672', []])
  const moved = await home.carya(['worker', 'add', 'node2', '--broker', '', '--pool', 'near'])
  expect(moved.stderr).toContain('its pool is near (before: far)')
  expect(new URL(parseEnvFile(moved.stdout)['CARYA_AMQP_URL'] ?? '').hostname).toBe(gateway)
  expect((await home.carya(['worker', 'add', 'node2', '--pool', 'far'])).code).toBe(0)

  for (const [name, why] of Object.entries({ Node: 'lower-case', local: 'belongs to the stack' })) {
    const refused = await home.carya(['worker', 'add', name])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(why)])
  }
  // nothing secret for others to read
  expect((await stat(join(home.path, 'secrets', 'secrets.json'))).mode & 0o777).toBe(0o600)
})

test('docker/worker.yml is a worker that takes its pool’s runs', async () => {
  const { stdout } = await home.carya(['worker', 'add', 'node2'])
  const { gid } = await stat('/var/run/docker.sock')
  await writeFile(settings, `${stdout}CARYA_DOCKER_GID=${gid}\nCARYA_WORKER_CPUS=1\n`, { mode: 0o600 })
  await chmod(settings, 0o600)
  const config = await compose('config')
  expect(config.code, config.stderr).toBe(0)
  stack.defer(() => compose('down').then(() => undefined))
  const started = await compose('up', '-d')
  expect(started.code, started.stderr).toBe(0)
  const { body } = await until('it is live', async () => {
    const answer = await api('GET', '/v1/workers?pool=far')
    return answer.body.items.length === 1 && answer
  })
  expect(body.items).toMatchObject([{ name: 'node2', pool: 'far', state: 'live', size: { cpus: 1 } }])
  await until('it is healthy', async () => (await workerContainer()).State.Health?.Status === 'healthy')

  const command = ['/bin/sh', '-c', 'echo far > where']
  const model = { name: 'far', version: '1', image: TEST_IMAGE, command }
  expect((await api('PUT', '/v1/models', model)).status).toBe(201)
  const { id } = (await api('POST', '/v1/runs', { kind: 'run', model: 'far', pool: 'far' })).body
  const ended = await until('it has ended', async () => {
    const view = (await api('GET', `/v1/runs/${id}`)).body
    return view.state === 'succeeded' && view
  })
  expect(ended.attempts).toMatchObject([{ worker: 'node2' }])
  expect((await api('GET', `/v1/runs/${id}/outputs/where`)).text).toBe('far\n')
})

test('worker rm closes what the worker has open, and lets it in no more', async () => {
  const url = (await home.json<Added>(['worker', 'add', 'node2'])).amqp
  const removed = await home.json<Removed>(['worker', 'rm', 'node2'])
  expect(removed).toMatchObject({ applied: true, runs: 0 })
  expect(await login(url)).toContain('ACCESS_REFUSED')
  await until('it is locked out', async () => {
    const { Id } = await workerContainer()
    const log = await engine().getContainer(Id).logs({ stdout: true, stderr: true, tail: 20 })
    return String(log).includes('ACCESS_REFUSED')
  })
  // it is still heard of, and forgotten when it is not
  expect(removed).toMatchObject({ forgotten: false })
  const known = async () => (await api('GET', '/v1/workers')).body.items.map((each) => each['name'])
  await until('it is forgotten', async () => !(await known()).includes('node2'), 60_000)
  const unknown = await home.carya(['worker', 'rm', 'node2'])
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('no worker node2')])
})

test('what is added and removed while the stack is down counts from its next start', async () => {
  const gone = (await home.json<Added>(['worker', 'add', 'node3'])).amqp
  expect((await home.carya(['down'])).code).toBe(0)
  const added = await home.carya(['worker', 'add', 'node4'])
  expect([added.code, added.stderr]).toEqual([0, expect.stringContaining('when it is started')])
  const removed = await home.carya(['worker', 'rm', 'node3'])
  expect([removed.code, removed.stderr]).toEqual([0, expect.stringContaining('when the broker is started')])

  // a port that workers on other hosts have in their settings is not moved
  const { amqp: local } = await home.json<Env>(['env'])
  const squatter = createServer()
  await new Promise<void>((resolve) => squatter.listen(Number(new URL(local).port), '127.0.0.1', resolve))
  const taken = await home.carya(['up'], same)
  await new Promise((resolve) => squatter.close(resolve))
  expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining('They are: node4')])

  // the kept address, and then none
  const up = await home.carya(['up'], same)
  expect(up.code, up.stderr).toBe(0)
  expect((await published()).rabbitmq).toContain(gateway)
  expect(await login(parseEnvFile(added.stdout)['CARYA_AMQP_URL'] ?? '')).toBe('in')
  expect(await login(gone)).toContain('ACCESS_REFUSED')
  const closed = await home.carya(['up', '--listen', '127.0.0.1'], same)
  expect(closed.code, closed.stderr).toBe(0)
  expect(closed.stderr).not.toContain('encrypted')
  expect(closed.stderr).toContain('carya worker add node4')
  expect((await published()).rabbitmq).toEqual(['127.0.0.1'])
}, 240_000)

test('a purge names the workers whose models run on elsewhere, and says how to end these', async () => {
  const { installation } = await home.json<Status>(['status'])
  const asked = await home.carya(['down', '--purge'])
  expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('node4')])
  const purged = await home.carya(['down', '--purge', '--yes'])
  expect(purged.code, purged.stderr).toBe(0)
  const labels = [`carya.installation=${installation}`, 'carya.worker=node4']
  const filters = labels.map((label) => `--filter label=${label}`).join(' ')
  expect(purged.stderr).toContain(`docker rm -f $(docker ps -aq ${filters})`)
})

async function workerContainer() {
  const label = [`com.docker.compose.project=carya-node2-${process.pid}`]
  const [found] = await engine().listContainers({ all: true, filters: { label } })
  return engine()
    .getContainer(found?.Id ?? '')
    .inspect()
}
