/**
 * Where a container registry is in reach: Debian's docker-registry on loopback, holding our own images under the names
 * of the official ones, which cannot be had here and were not tried.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servers } from '../../../apps/cli/src/stack/images.ts'
import { splitTag } from '../../../apps/cli/src/stack/build-image.ts'
import { engine } from '../../support/engine.ts'
import { pushImage, startRegistry } from '../../support/registry.ts'
import { openHome, type Status } from './carya.ts'

const stack = new AsyncDisposableStack()
let registry: string

beforeAll(async () => {
  registry = stack.use(await startRegistry()).address
  for (const { official, local, variable } of Object.values(servers))
    await push(process.env[variable] ?? local, official)
})

afterAll(() => stack.disposeAsync())

test('up takes the official images from it', async () => {
  await using home = await openHome()
  const { code, stderr } = await home.carya(['up'], {
    CARYA_REGISTRY: registry,
    CARYA_IMAGE_RABBITMQ: '',
    CARYA_IMAGE_REDIS: '',
  })
  expect(code, stderr).toBe(0)
  expect(stderr).toContain('a container registry is in reach')
  const { parts } = await home.json<Status>(['status'])
  const images = Object.fromEntries(parts.map(({ name, image }) => [name, image]))
  expect(images['rabbitmq']).toBe(`${registry}/library/rabbitmq:4`)
  expect(images['redis']).toBe(`${registry}/library/redis:8`)
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
