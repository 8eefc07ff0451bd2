/** Images of registries that want a login: the host's Docker config has it, read anew for each pull, and kept secret. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { reader, startRegistry } from '../../support/registry.ts'
import type { Service } from '../../support/service.ts'
import { install } from '../../support/stack.ts'
import { direct, type Director } from '../worker/director.ts'
import { pushOwnImage, type OwnImage } from '../../support/own-image.ts'

const stack = new AsyncDisposableStack()
let director: Director
let worker: Service
let folder: string
let registry: string
let image: OwnImage

const WRONG = 'not-the-password-at-all'

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carya-logins-'))
  stack.defer(() => rm(folder, { recursive: true }))
  registry = stack.use(await startRegistry({ wantsLogin: true })).address
  const { username, password } = reader
  const login = { username, password, serveraddress: registry }
  image = stack.use(await pushOwnImage(`${registry}/lab/pond:1`, 'secret pond', { login }))
  const installation = stack.use(await install())
  director = stack.use(await direct(installation))
  worker = await installation.worker('w1', {
    CARYA_DOCKER_CONFIG: folder,
    CARYA_LOG_LEVEL: 'trace',
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
  })
})
afterAll(() => stack.disposeAsync())

const auth = (password: string) => Buffer.from(`${reader.username}:${password}`).toString('base64')
const config = (what: object) => writeFile(join(folder, 'config.json'), JSON.stringify(what), { mode: 0o600 })
const helper = async (name: string, script: string) => {
  const path = join(folder, `docker-credential-${name}`)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
}

/** What becomes of a run whose image must be pulled. */
async function pulled(): Promise<string> {
  await image.remove()
  const { name, digest } = image
  const job = await director.offer(director.job('cat /word', { image: { name, digest, by: 'repo' } }))
  const { failure, logTail } = await director.finished(job)
  return failure ? `${failure.kind}: ${failure.detail}` : logTail
}
const refused = /^image_unavailable: .*cannot be pulled: .*(?:unauthorized|no basic auth credentials)/

test('without a login there, or with a wrong one, the run fails with the words of the registry', async () => {
  expect(await pulled()).toMatch(refused)
  await config({ auths: { [registry]: { auth: auth(WRONG) } } })
  expect(await pulled()).toMatch(refused)
})

test('with the right one it runs, without a restart of the worker', async () => {
  await config({ auths: { [registry]: { auth: auth(reader.password) } } })
  expect(await pulled()).toBe('secret pond')
})

test('a helper program is asked for the login', async () => {
  const { username: Username, password: Secret } = reader
  await writeFile(join(folder, 'answer.json'), JSON.stringify({ ServerURL: registry, Username, Secret }))
  await helper('kept', `read address; [ "$1 $address" = "get ${registry}" ] && cat ${folder}/answer.json`)
  await config({ credHelpers: { [registry]: 'kept' } })
  expect(await pulled()).toBe('secret pond')
  await config({ credsStore: 'kept' })
  expect(await pulled()).toBe('secret pond')
})

test.each([
  ['absent', 'the login is kept by docker-credential-absent, which is not there for the worker to run'],
  ['broken', 'the login is kept by docker-credential-broken, which ended with 7'],
  ['mute', 'the login is kept by docker-credential-mute, which gave no answer that can be read'],
])('a helper that is %s is named where the registry wants a login', async (name, words) => {
  await helper('broken', `echo ${reader.password}; echo ${reader.password} >&2; exit 7`)
  await helper('mute', `echo ${reader.password}`)
  await config({ credsStore: name })
  const said = await pulled()
  expect(said).toMatch(refused)
  expect(said).toContain(words)
})

test.each(['{ "auths": ', '[]', '{ "auths": 5 }'])(
  'a Docker config that is none (%s) is named',
  async (text) => {
    await writeFile(join(folder, 'config.json'), text)
    expect(await pulled()).toMatch(
      /(?:unauthorized|no basic auth credentials).*; the Docker config of this host is/,
    )
  },
)

test('no password was written to the log or told in a report', () => {
  const said = JSON.stringify([worker.lines, director.reports, director.beats])
  expect(said).toContain('model started')
  for (const secret of [reader.password, WRONG, auth(reader.password), auth(WRONG)])
    expect(said).not.toContain(secret)
})
