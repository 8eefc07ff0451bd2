import { expect, test } from 'vitest'
import { readFileSync } from 'node:fs'
import { composeFile } from './compose.ts'
import { envFile, parseEnvFile, stackEnvironment, type StackSettings } from './environment.ts'
import { HANDED_ON } from './kept-settings.ts'

const settings: StackSettings = {
  installation: { v: 1, id: 'abc123', worker: 'local', pool: 'default' },
  ports: { amqp: 5673, http: 7071 },
  images: { rabbitmq: 'rabbitmq:4', redis: 'redis:8', services: 'carya/services:1' },
  state: '/home/ada/carya/.carya',
  store: '/data/store',
  owner: { uid: 1000, gid: 100 },
  socket: '/run/docker.sock',
  socketGid: 990,
  selinux: false,
}
const withSettings = (kept: Record<string, string>): StackSettings => ({
  ...settings,
  installation: { ...settings.installation, settings: kept },
})

test('every variable is one that the compose file documents and uses', () => {
  const compose = readFileSync(composeFile, 'utf8')
  const all = Object.fromEntries(HANDED_ON.map((name) => [name, 'x']))
  const every = withSettings(all)
  every.installation.policy = 'models: {}'
  for (const name of Object.keys(stackEnvironment(every))) {
    expect(compose, name).toMatch(new RegExp(`^# {3}${name} `, 'm'))
    expect(compose, name).toMatch(new RegExp(`(\\$\\{${name}|^ {6}${name}:)`, 'm'))
  }
})

test('settings of the services are handed on only where they are set', () => {
  expect(stackEnvironment(settings)).not.toHaveProperty('CARYA_WORKER_CPUS')
  expect(stackEnvironment(withSettings({ CARYA_WORKER_CPUS: '2' }))).toHaveProperty('CARYA_WORKER_CPUS', '2')
})

test('a policy is found under a name of its own, so that another starts the worker anew', () => {
  expect(stackEnvironment(settings)).not.toHaveProperty('CARYA_POLICY')
  const pathOf = (policy: string) =>
    stackEnvironment({ ...settings, installation: { ...settings.installation, policy } })['CARYA_POLICY']
  expect(pathOf('models: {}')).toMatch(/^\/run\/carya\/policy-[0-9a-f]{12}\.yaml$/)
  expect(pathOf('models: {}')).not.toBe(pathOf('models: { pond: {} }'))
})

test('bind mounts are labelled where SELinux is enforcing', () => {
  expect(stackEnvironment({ ...settings, selinux: true })['CARYA_SELINUX']).toBe(',z')
})

test('the env file is plain lines, and refuses what it cannot hold', () => {
  expect(envFile({ CARYA_USER: '1000:100', CARYA_STORE: '/with space' })).toMatch(
    /^#.*\nCARYA_USER=1000:100\nCARYA_STORE=\/with space\n$/,
  )
  const variables = { CARYA_USER: '1000:100', CARYA_STORE: '/with = and space' }
  expect(parseEnvFile(envFile(variables))).toEqual(variables)
  expect(() => envFile({ CARYA_STORE: 'two\nlines' })).toThrow('line break')
})
