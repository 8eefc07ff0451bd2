/** The life of a stack: up, used, up again, down and up, down for good. Each test goes on where the last one ended. */
import { connect } from 'amqplib'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { engine } from '../../support/engine.ts'
import { TEST_IMAGE, testImage } from '../../support/test-image.ts'
import { openHome, type Ended, type Env, type Home, type Status } from './carya.ts'

const QUEUE = 'reply.submitter.kept'

let home: Home
let up: Ended
/** The services' image of the first `up`: the sources may be worked on while the tests run. */
const same: Record<string, string> = {}
const squatters: Server[] = []

/** Someone else's server on this port; if there is one already, all the better. */
function squat(port: number): Promise<void> {
  const server = createServer()
  squatters.push(server)
  return new Promise((resolve) => {
    server.once('error', () => resolve()).listen(port, '127.0.0.1', resolve)
  })
}

beforeAll(async () => {
  await testImage()
  home = await openHome()
  await squat(5672)
  await squat(7070)
  up = await home.carya(['up'])
  const { parts } = await home.json<Status>(['status'], up.code === 0 ? 0 : 3)
  same['CARYA_IMAGE_SERVICES'] = parts.find(({ name }) => name === 'worker')?.image ?? ''
})

afterAll(async () => {
  for (const server of squatters) server.close()
  await home[Symbol.asyncDispose]()
})

const get = async (path: string, { api, token }: Env) =>
  fetch(`${api}${path}`, { headers: { authorization: `Bearer ${token}` } })

const inspect = async (name: string) => {
  const { parts } = await home.json<Status>(['status'])
  return engine()
    .getContainer(parts.find((part) => part.name === name)?.container ?? '')
    .inspect()
}

describe('carya up', () => {
  test('brings every part up, on other ports where the usual ones are in use, and says so', async () => {
    expect(up.code, up.stderr).toBe(0)
    expect(up.stderr).toMatch(/port 5672 is in use; the broker takes \d+/)
    expect(up.stderr).toMatch(/port 7070 is in use; the API takes \d+/)
    const status = await home.json<Status>(['status'])
    expect(status.state).toBe('up')
    expect(status.parts.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'rabbitmq healthy',
      'redis healthy',
      'dispatcher healthy',
      'worker healthy',
    ])
  })

  test('gives what a client needs, and the API wants the token', async () => {
    const env = await home.json<Env>(['env'])
    expect(env.store).toBe(join(home.path, 'store'))
    // in a shell that has it, the next `up` of another installation would take this one's store
    expect((await home.carya(['env'])).stdout).not.toContain('CARYA_STORE')
    expect((await get('/v1/workers', env)).status).toBe(200)
    expect((await get('/v1/workers', { ...env, token: 'another-token-altogether' })).status).toBe(401)
  })

  test('publishes only on loopback, and Redis not at all', async () => {
    const published = async (name: string) =>
      Object.values((await inspect(name)).NetworkSettings.Ports ?? {}).flatMap((ports) => ports ?? [])
    for (const name of ['rabbitmq', 'dispatcher']) {
      expect((await published(name)).map(({ HostIp }) => HostIp)).toEqual(['127.0.0.1'])
    }
    expect(await published('redis')).toEqual([])
  })

  test('gives our services no capabilities, no root, and the engine’s socket to the worker alone', async () => {
    for (const name of ['dispatcher', 'worker']) {
      const { Config, HostConfig } = await inspect(name)
      expect(Config.User).toMatch(/^[1-9]\d*:\d+$/)
      expect(HostConfig).toMatchObject({ CapDrop: ['ALL'], ReadonlyRootfs: true, Privileged: false })
      expect(HostConfig.SecurityOpt).toContain('no-new-privileges:true')
    }
    for (const name of ['rabbitmq', 'redis', 'dispatcher', 'worker']) {
      const { Mounts } = await inspect(name)
      const hasSocket = Mounts.some(({ Destination }) => Destination.endsWith('docker.sock'))
      expect(hasSocket, name).toBe(name === 'worker')
    }
  })

  test('keeps secrets from others, out of environments and command lines', async () => {
    const { token, amqp } = await home.json<Env>(['env'])
    const secrets = [token, new URL(amqp).password]
    expect((await stat(home.path)).mode & 0o777).toBe(0o700)
    expect((await stat(join(home.path, 'secrets', 'secrets.json'))).mode & 0o777).toBe(0o600)
    const files = ['stack.env', 'broker/definitions.json', 'installation.json']
    const texts = files.map((file) => readFile(join(home.path, file), 'utf8'))
    const seen = [...(await Promise.all(texts)), JSON.stringify(await inspect('dispatcher'))].join()
    for (const secret of secrets) expect(seen).not.toContain(secret)
  })

  test('lets a submitter publish requests, own his reply queue, and nothing more', async () => {
    const connection = await connect((await home.json<Env>(['env'])).amqp)
    const channel = await connection.createChannel()
    const closed = new Promise<Error>((resolve) => channel.once('error', resolve))
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } })
    await channel.bindQueue(QUEUE, 'carya.events', 'run.#')
    channel.publish('carya.jobs', 'carya.jobs.default', Buffer.from('{}'))
    expect(String(await closed)).toContain('ACCESS_REFUSED')
    await connection.close()
  })
})

test('up again changes nothing, even twice at once', async () => {
  const before = await home.json<Status>(['status'])
  const [one, other] = await Promise.all([home.carya(['up'], same), home.carya(['up'], same)])
  expect([one.code, other.code], one.stderr + other.stderr).toEqual([0, 0])
  expect(one.stderr + other.stderr).not.toContain('in use')
  const containers = ({ parts }: Status) => parts.map(({ container }) => container)
  expect(containers(await home.json<Status>(['status']))).toEqual(containers(before))
})

test('a second stack runs beside the first', async () => {
  await using second = await openHome()
  const { code, stderr } = await second.carya(['up'], same)
  expect(code, stderr).toBe(0)
  const [ours, theirs] = [await home.json<Env>(['env']), await second.json<Env>(['env'])]
  expect(theirs.api).not.toBe(ours.api)
  expect((await get('/readyz', ours)).status).toBe(200)
  expect((await get('/readyz', theirs)).status).toBe(200)
  expect((await get('/v1/workers', { ...theirs, token: ours.token })).status).toBe(401)
})

test('down stops everything, and up finds the data, the ports and the passwords again', async () => {
  const before = await home.json<Env>(['env'])
  const headers = { authorization: `Bearer ${before.token}`, 'content-type': 'application/octet-stream' }
  const stored = await fetch(`${before.api}/v1/files`, { method: 'PUT', body: 'kept', headers })
  const { sha256 } = z.object({ sha256: z.string() }).parse(await stored.json())
  expect((await home.carya(['down'])).code).toBe(0)
  const down = await home.json<Status>(['status'], 3)
  expect(down.state).toBe('down')
  expect(new Set(down.parts.map(({ state }) => state))).toEqual(new Set(['absent']))

  const again = await home.carya(['up'], same)
  expect(again.code, again.stderr).toBe(0)
  expect(await home.json<Env>(['env'])).toEqual(before)
  const file = join(before.store, 'files', 'sha256', sha256.slice(0, 2), sha256)
  expect(await readFile(file, 'utf8')).toBe('kept')
  const connection = await connect(before.amqp)
  const channel = await connection.createChannel()
  await expect(
    channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } }),
  ).resolves.toMatchObject({ queue: QUEUE })
  await connection.close()
})

test('another store is refused while data or runs need the one that is kept', async () => {
  const before = await home.json<Env>(['env'])
  const other = { ...same, CARYA_STORE: join(home.path, 'other-store') }
  const slip = await home.carya(['up'], other)
  expect([slip.code, slip.stderr]).toEqual([2, expect.stringContaining('--change-store')])

  const { installation } = await home.json<Status>(['status'])
  const labels = { 'carya.run': 'r1', 'carya.installation': installation }
  const run = await engine().createContainer({
    Image: TEST_IMAGE,
    Entrypoint: ['/bin/sh', '-c', 'sleep 600'],
    Labels: labels,
  })
  await run.start()
  const live = await home.carya(['up', '--change-store'], other)
  await run.remove({ force: true, v: true })
  expect([live.code, live.stderr]).toEqual([2, expect.stringContaining('1 run under way')])
  expect(await home.json<Env>(['env'])).toEqual(before)
})

test('store and settings that were given once are kept by every command that does not name them', async () => {
  const store = join(home.path, 'other-store')
  const changed = await home.carya(['up', '--change-store'], {
    ...same,
    CARYA_STORE: store,
    CARYA_WORKER_CPUS: '1',
  })
  expect(changed.code, changed.stderr).toBe(0)
  expect(changed.stderr).toContain(`the store is ${store} from now on (before: ${join(home.path, 'store')})`)
  expect(changed.stderr).toContain('CARYA_WORKER_CPUS is 1 from now on (before: its default)')

  const plain = await home.carya(['up'], same)
  expect(plain.code, plain.stderr).toBe(0)
  expect(plain.stderr).not.toContain('from now on')
  expect((await inspect('worker')).Config.Env).toEqual(
    expect.arrayContaining(['CARYA_WORKER_CPUS=1', `CARYA_STORE=${store}`]),
  )
  const elsewhere = { CARYA_STORE: '/elsewhere' }
  for (const command of ['env', 'status', 'doctor'])
    expect((await home.carya([command, '--json'], elsewhere)).stdout, command).toContain(store)
}, 240_000)

test('data that a broker cannot read are told before anything is touched', async () => {
  const file = join(home.path, 'installation.json')
  const kept = await readFile(file, 'utf8')
  const installation: { data: { rabbitmq: object } } = JSON.parse(kept)
  const data = { ...installation.data, rabbitmq: { image: 'sha256:another', version: '4.9.0' } }
  await writeFile(file, JSON.stringify({ ...installation, data }))
  const refused = await home.carya(['up'], same)
  await writeFile(file, kept)
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('the data were written by RabbitMQ 4.9.0')
  expect(refused.stderr).toContain('Nothing was touched')
  expect((await home.json<Status>(['status'])).state).toBe('up')
})

test('doctor finds nothing missing', async () => {
  const { ok, checks } = await home.json<{ ok: boolean; checks: { name: string; result: string }[] }>([
    'doctor',
  ])
  expect(ok, JSON.stringify(checks)).toBe(true)
  expect(checks.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['engine', 'compose', 'secrets', 'store', 'live-restore']),
  )
})

test('the data go only when that is confirmed', async () => {
  const asked = await home.carya(['down', '--purge'])
  expect(asked.code).toBe(2)
  expect(asked.stderr).toContain('--yes')
  expect((await home.json<Status>(['status'])).state).toBe('up')
})

test('a store that another installation has too is not purged', async () => {
  const { store } = await home.json<Env>(['env'])
  const mark = join(store, 'carya', 'another1.sequence')
  await writeFile(mark, '7')
  const refused = await home.carya(['down', '--purge', '--yes'])
  await rm(mark)
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('another1')])
  expect((await home.json<Status>(['status'])).state).toBe('up')
})

test('after a purge nothing of the installation is left, and what is not ours is', async () => {
  const { installation } = await home.json<Status>(['status'])
  const { store } = await home.json<Env>(['env'])
  await writeFile(join(store, 'notes.txt'), 'mine')
  await writeFile(join(home.path, 'notes.txt'), 'mine')
  expect((await home.carya(['down', '--purge', '--yes'], { CARYA_STORE: home.path })).code).toBe(0)
  const filters = { label: [`com.docker.compose.project=carya-${installation}`] }
  expect(await engine().listContainers({ all: true, filters })).toEqual([])
  expect((await engine().listVolumes({ filters })).Volumes ?? []).toEqual([])
  expect(await engine().listNetworks({ filters })).toEqual([])
  expect((await home.carya(['env'])).code).toBe(3)
  expect(await readdir(store)).toEqual(['notes.txt'])
  const left = await readdir(home.path)
  expect(left).toContain('notes.txt')
  for (const name of ['installation.json', 'stack.env', 'secrets', 'broker', 'redis'])
    expect(left).not.toContain(name)
})
