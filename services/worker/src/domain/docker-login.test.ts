import { describe, expect, test } from 'vitest'
import { addressOf, helperFor, loginIn, loginOf, withoutSecrets, type DockerConfig } from './docker-login.ts'

const auth = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') })
const HUB = 'https://index.docker.io/v1/'

describe('a login in the file', () => {
  test.each<[string, DockerConfig]>([
    ['reg.lab:5000', { auths: { 'reg.lab:5000': auth('ann:a:b') } }],
    ['reg.lab', { auths: { 'https://reg.lab/v2/': auth('ann:a:b') } }],
    ['reg.lab', { auths: { 'other.lab': auth('x:y'), 'reg.lab': auth('ann:a:b\0\0') } }],
    ['docker.io', { auths: { [HUB]: auth('ann:a:b') } }],
    ['docker.io', { auths: { 'docker.io': { username: 'ann', password: 'a:b' } } }],
  ])('of %s is found', (registry, config) => {
    expect(loginIn(config, registry)).toEqual({
      username: 'ann',
      password: 'a:b',
      serveraddress: addressOf(registry),
    })
  })

  test('may be a token', () => {
    const config = { auths: { 'reg.lab': { ...auth('ann:'), identitytoken: 'T' } } }
    expect(loginIn(config, 'reg.lab')).toEqual({
      username: 'ann',
      identitytoken: 'T',
      serveraddress: 'reg.lab',
    })
  })

  test.each<[string, DockerConfig]>([
    ['reg.lab', {}],
    ['reg.lab', { auths: { 'reg.lab:5000': auth('a:b'), [HUB]: auth('a:b') } }],
    ['docker.io', { auths: { 'reg.lab': auth('a:b') } }],
    ['reg.lab', { auths: { 'reg.lab': {} } }],
    ['reg.lab', { auths: { 'reg.lab': { auth: '!' } } }],
  ])('of %s is not there', (registry, config) => {
    expect(loginIn(config, registry)).toBeUndefined()
  })
})

test('a helper of the registry goes before the store for all', () => {
  const config = { credsStore: 'all', credHelpers: { 'ecr.lab': 'ecr', [HUB]: 'hub' } }
  expect(['ecr.lab', 'docker.io', 'reg.lab'].map((each) => helperFor(each, config))).toEqual([
    'ecr',
    'hub',
    'all',
  ])
  expect(helperFor('reg.lab', { credsStore: '' })).toBeUndefined()
})

test('what a helper answers is a login, a token or nothing', () => {
  expect(loginOf({ Username: 'ann', Secret: 's' }, 'reg.lab')).toMatchObject({
    username: 'ann',
    password: 's',
  })
  expect(loginOf({ Username: '<token>', Secret: 's' }, 'reg.lab')).toMatchObject({ identitytoken: 's' })
  expect(loginOf({ Username: '', Secret: '' }, 'reg.lab')).toBeUndefined()
  expect(loginOf({}, 'reg.lab')).toBeUndefined()
})

test('secrets are taken out of what a registry says', () => {
  expect(withoutSecrets('no hunter22 here', { password: 'hunter22' })).toBe('no *** here')
  expect(withoutSecrets('no secret')).toBe('no secret')
})
