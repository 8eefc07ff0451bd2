/**
 * Where a container registry is in reach: Debian's docker-registry on loopback, holding our own images under the names
 * of the official ones, which cannot be had here and were not tried.
 */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servers } from '../../../apps/cli/src/stack/images.ts'
import { splitTag } from '../../../apps/cli/src/stack/build-image.ts'
import { apiOf } from '../../support/api.ts'
import { engine } from '../../support/engine.ts'
import { pushOwnImage } from '../../support/own-image.ts'
import { pushImage, reader, startRegistry } from '../../support/registry.ts'
import { openHome, type Env, type Home, type Status } from './carya.ts'

const stack = new AsyncDisposableStack()
let registry: string
let home: Home
/** The services' image of the first `up`: the sources may be worked on while the tests run. */
const same: Record<string, string> = {}

beforeAll(async () => {
  registry = stack.use(await startRegistry()).address
  for (const { official, local, variable } of Object.values(servers))
    await push(process.env[variable] ?? local, official)
  home = stack.use(await openHome())
})

afterAll(() => stack.disposeAsync())

test('up takes the official images from it', async () => {
  const { code, stderr } = await home.carya(['up'], {
    CARYA_REGISTRY: registry,
    CARYA_IMAGE_RABBITMQ: '',
    CARYA_IMAGE_REDIS: '',
  })
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('a container registry is in reach')
  const { parts } = await home.json<Status>(['status'])
  const images = Object.fromEntries(parts.map(({ name, image = '' }) => [name, image]))
  expect(images['rabbitmq']).toBe(`${registry}/library/rabbitmq:4`)
  expect(images['redis']).toBe(`${registry}/library/redis:8`)
  same['CARYA_IMAGE_SERVICES'] = images['worker'] ?? ''
})

test('the worker has the logins of who runs up, in a copy that it alone can read', async () => {
  const registryWithUsers = stack.use(await startRegistry({ wantsLogin: true })).address
  const { username, password } = reader
  const login = { username, password, serveraddress: registryWithUsers }
  await using image = await pushOwnImage(`${registryWithUsers}/lab/pond:1`, 'a pond', { login })
  await image.remove()
  const folder = await mkdtemp(join(tmpdir(), 'carya-docker-config-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const auth = Buffer.from(`${username}:${password}`).toString('base64')
  const config = { auths: { [registryWithUsers]: { auth } }, proxies: { default: {} } }
  await writeFile(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 })

  const { code, stderr } = await home.carya(['up'], { ...same, DOCKER_CONFIG: folder })
  expect(code, stderr).toBe(0)
  const copy = join(home.path, 'secrets/worker/docker.json')
  expect(JSON.parse(await readFile(copy, 'utf8'))).toEqual({ auths: config.auths })
  expect((await stat(copy)).mode & 0o777).toBe(0o600)
  const { api, token } = await home.json<Env>(['env'])
  const model = { name: 'pond', version: '1', image: image.name }
  const { status, body } = await apiOf(api, token)('PUT', '/v1/models', model)
  expect({ status, body }).toMatchObject({
    status: 201,
    body: { image: { digest: image.digest, by: 'repo' } },
  })
})

/** Puts the image into the registry under its official name, and takes that name from it here. */
async function push(local: string, official: string): Promise<void> {
  const name = `${registry}/library/${official}`
  const [repo, tag] = splitTag(name)
  await engine().getImage(local).tag({ repo, tag })
  await pushImage(name)
  const image = engine().getImage(name)
  await image.remove()
  stack.defer(() => image.remove().then(() => undefined))
}
