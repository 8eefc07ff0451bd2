/** A container registry on loopback: Debian's docker-registry, as a process of the test's own. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { engine } from './engine.ts'
import { until } from './until.ts'

export type Registry = AsyncDisposable & {
  /** `127.0.0.1:<port>` */
  address: string
}

/** The one user of a registry that wants a login, and the line of its password file (bcrypt). */
export const reader = {
  username: 'reader',
  password: 'pond-7Kq2-secret',
  line: 'reader:$2y$05$abcdefghijklmnopqrstuuC4xNOHmX6jzDbY6awG/dsftJOVhHFKa',
}

/** Listens when this resolves. */
export async function startRegistry({ wantsLogin = false } = {}): Promise<Registry> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'carya-registry-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const address = `127.0.0.1:${await freePort()}`
  await writeFile(join(folder, 'users'), `${reader.line}\n`)
  const config = {
    version: 0.1,
    log: { level: 'error' },
    storage: { filesystem: { rootdirectory: folder } },
    http: { addr: address },
    ...(wantsLogin ? { auth: { htpasswd: { realm: 'tests', path: join(folder, 'users') } } } : {}),
  }
  // YAML reads JSON
  await writeFile(join(folder, 'config.yml'), JSON.stringify(config))
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' })
  let failure: Error | undefined
  child.once('error', () => (failure = new Error('on Debian: apt-get install docker-registry')))
  const ended = new Promise((resolve) => child.once('close', resolve))
  stack.defer(async () => {
    child.kill()
    await ended
  })
  await until('the registry answers', async () => {
    if (failure) throw failure
    const answer = await fetch(`http://${address}/v2/`).catch(() => undefined)
    return answer?.status === (wantsLogin ? 401 : 200)
  })
  const owned = stack.move()
  return { address, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** Puts an image of the engine into its registry; the engine keeps it. */
export async function pushImage(name: string, login: object = {}): Promise<void> {
  const stream = await engine().getImage(name).push({ authconfig: login })
  const said: string[] = []
  for await (const piece of stream) said.push(String(piece))
  if (said.join('').includes('"error"')) throw new Error(`${name} was not pushed: ${said.join('')}`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
