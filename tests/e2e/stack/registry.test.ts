/**
 * Where a container registry is in reach: Debian's docker-registry on loopback, holding our own images under the names
 * of the official ones, which cannot be had here and were not tried.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { servers } from '../../../apps/cli/src/stack/images.ts'
import { splitTag } from '../../../apps/cli/src/stack/build-image.ts'
import { engine } from '../../support/engine.ts'
import { until } from '../../support/until.ts'
import { openHome, type Status } from './carya.ts'

const stack = new AsyncDisposableStack()
let registry: string

beforeAll(async () => {
  registry = await startRegistry()
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

/** Listens when this resolves. */
async function startRegistry(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'carya-registry-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const address = `127.0.0.1:${await freePort()}`
  const config = `{version: 0.1, storage: {filesystem: {rootdirectory: ${folder}}}, http: {addr: "${address}"}}`
  await writeFile(join(folder, 'config.yml'), config)
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
    return answer?.ok
  })
  return address
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Puts the image into the registry under its official name, and takes that name from it here. */
async function push(local: string, official: string): Promise<void> {
  const name = `${registry}/library/${official}`
  const [repo, tag] = splitTag(name)
  await engine().getImage(local).tag({ repo, tag })
  const image = engine().getImage(name)
  const stream = await image.push({ authconfig: {} })
  const said: string[] = []
  for await (const piece of stream) said.push(String(piece))
  expect(said.join('')).not.toContain('"error"')
  await image.remove()
  stack.defer(() => image.remove().then(() => undefined))
}
