import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { dockerConfigPath, readLogins } from './registry-logins.ts'

async function written(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'carya-docker-config-'))
  await writeFile(join(folder, 'config.json'), text)
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

test('the config is that which is given, or that which Docker itself would take', () => {
  const env = { HOME: '/home/ann', DOCKER_CONFIG: '/etc/logins' }
  expect(dockerConfigPath('/srv/config.json', env)).toBe('/srv/config.json')
  expect(dockerConfigPath('', env)).toBe('/etc/logins')
  expect(dockerConfigPath(undefined, { HOME: '/home/ann' })).toBe('/home/ann/.docker')
  expect(dockerConfigPath(undefined, {})).toBeUndefined()
})

test('of a config logins and their helpers are taken, and nothing else', async () => {
  const auths = { 'reg.lab': { auth: 'YTpi' } }
  const helpers = { credsStore: 'pass', credHelpers: { 'ecr.lab': 'ecr' } }
  await using file = await written(JSON.stringify({ auths, ...helpers, HttpHeaders: { 'X-Key': 'k' } }))
  for (const path of [file.folder, join(file.folder, 'config.json')]) {
    const { text, trouble } = await readLogins(path)
    expect([JSON.parse(text), trouble]).toEqual([{ auths, ...helpers }, undefined])
  }
})

test.each(['', '{}', 'null'])('a config that says nothing (%s) has no logins', async (text) => {
  await using file = await written(text)
  expect(await readLogins(file.folder)).toEqual({ text: '{}' })
})

test('no config is no trouble; one that cannot be read is, and is not quoted', async () => {
  expect(await readLogins('/nowhere/at/all')).toEqual({ text: '{}' })
  expect(await readLogins('/dev/null')).toEqual({ text: '{}' })
  await using file = await written('{ "auths": secret')
  const { text, trouble } = await readLogins(file.folder)
  expect(text).toBe('{}')
  expect(trouble).toContain('it is no JSON')
  expect(trouble).not.toContain('secret')
})
