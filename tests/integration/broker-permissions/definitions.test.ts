/** The users' file as a broker takes it: at its start, while it runs, and when a user is to be gone. */
import { connect } from 'amqplib'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { brokerDefinitions } from '../../../apps/cli/src/stack/definitions.ts'
import { workerGrants } from '../../../apps/cli/src/stack/permissions.ts'
import { execIn, serverImage, TEST_LABEL } from '../../support/containers.ts'
import { engine } from '../../support/engine.ts'
import { until } from '../../support/until.ts'

const CONF = new URL('../../../docker/rabbitmq/rabbitmq.conf', import.meta.url).pathname

test('a worker’s user is there at the start or told later, and one that was removed cannot come back', async () => {
  await using broker = await start()
  await broker.write(['w1'])
  await broker.up()
  expect(await broker.login('w1')).toBe('in')
  expect(await broker.login('w2')).toMatch(/ACCESS_REFUSED/)

  await broker.write(['w1', 'w2'])
  await broker.control('import_definitions', '/etc/rabbitmq/carya/definitions.json')
  expect(await broker.login('w2')).toBe('in')
  expect(await broker.login('w2', 'another')).toMatch(/ACCESS_REFUSED/)

  // removed while the broker was away
  await broker.container.stop()
  await broker.write(['w1'], ['w2'])
  await broker.up()
  expect(await broker.login('w1')).toBe('in')
  expect(await broker.login('w2')).toMatch(/ACCESS_REFUSED/)
  expect(await broker.login('w2', '')).toMatch(/ACCESS_REFUSED|closed/i)
}, 240_000)

/** A broker with the stack's own settings, and a folder of definitions; not yet started. */
async function start() {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'carya-definitions-'))
  stack.defer(() => rm(folder, { recursive: true }))
  await chmod(folder, 0o755)
  const container = await engine().createContainer({
    Image: await serverImage('rabbitmq'),
    Hostname: 'carya-rabbitmq',
    Labels: TEST_LABEL,
    HostConfig: {
      Binds: [`${folder}:/etc/rabbitmq/carya:ro`, `${CONF}:/etc/rabbitmq/rabbitmq.conf:ro`],
      PortBindings: { '5672/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
    },
  })
  stack.defer(() => container.remove({ force: true, v: true }))
  let port = ''
  const salt = randomBytes(4)
  const login = async (worker: string, password = passwordOf(worker)) => {
    const url = `amqp://worker-${worker}:${password}@127.0.0.1:${port}/%2F`
    try {
      await (await connect(url)).close()
      return 'in'
    } catch (error) {
      return String(error)
    }
  }
  const owned = stack.move()
  return {
    container,
    login,
    control: (...args: string[]) => execIn(container.id, ['rabbitmqctl', ...args]),
    async write(workers: string[], removed: string[] = []) {
      const users = workers.map((worker) => ({
        name: `worker-${worker}`,
        password: passwordOf(worker),
        grants: workerGrants(worker, 'default'),
      }))
      const gone = removed.map((worker) => `worker-${worker}`)
      const text = JSON.stringify(brokerDefinitions(users, () => salt, gone))
      await writeFile(join(folder, 'new'), text, { mode: 0o644 })
      await rename(join(folder, 'new'), join(folder, 'definitions.json'))
    },
    /** resolves when it takes logins, for better or worse */
    async up() {
      await container.start()
      const { NetworkSettings } = await container.inspect()
      port = NetworkSettings.Ports['5672/tcp']?.[0]?.HostPort ?? ''
      await until(
        'the broker answers',
        async () => {
          const { State } = await container.inspect()
          if (!State.Running) throw new Error(`the broker ended:\n${await logOf(container)}`)
          return /ACCESS_REFUSED/.test(await login('nobody'))
        },
        120_000,
      )
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const passwordOf = (worker: string) => `a-secret-of-${worker}`

const logOf = async (container: { logs(options: object): Promise<unknown> }) =>
  String(await container.logs({ stdout: true, stderr: true, tail: 20 }))
