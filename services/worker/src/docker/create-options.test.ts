import { expect, test } from 'vitest'
import type { ContainerSpec } from '../domain/isolation.ts'
import { createOptions, impossibleVolume } from './create-options.ts'

const spec = (isolation: Partial<ContainerSpec['isolation']> = {}): ContainerSpec => ({
  name: 'carya-x',
  image: 'sha256:1',
  env: {},
  labels: {},
  workingDir: '/carya/outputs',
  mounts: [{ source: '/s/outputs', target: '/carya/outputs', readOnly: false }],
  isolation: {
    user: '1000:1000',
    network: 'none',
    readOnlyRoot: true,
    capabilities: 'none',
    noNewPrivileges: true,
    init: true,
    cpus: 1,
    memory: 2 ** 26,
    processes: 512,
    openFiles: 4096,
    fileBytes: 2 ** 30,
    tmpBytes: 1000,
    writable: [],
    shmBytes: 1000,
    logBytes: 1000,
    ...isolation,
  },
})
const tmpfs = (of: ContainerSpec, volumes: string[]) => createOptions(of, volumes, false).HostConfig?.Tmpfs

test('volumes of the image are covered, however they are written; what is given or asked is not', () => {
  const covers = tmpfs(spec({ writable: ['/var/x'] }), [
    '/data/',
    '/a/../b',
    '/carya/outputs/',
    '/tmp',
    '/var/x',
  ])
  const writable = 'rw,nosuid,nodev,exec,mode=1777,uid=1000,gid=1000,size=1000'
  const covered = 'ro,nosuid,nodev,noexec,size=4k'
  expect(covers).toEqual({ '/data': covered, '/b': covered, '/tmp': writable, '/var/x': writable })
})

test('a way out is the bridge, with nothing published; a runtime goes by its name', () => {
  const plain = createOptions(spec(), [], false)
  expect(plain.HostConfig).toMatchObject({ NetworkMode: 'none' })
  expect(plain.HostConfig).not.toHaveProperty('Runtime')
  const { HostConfig, ExposedPorts } = createOptions(
    spec({ network: 'outbound', runtime: 'runsc' }),
    [],
    false,
  )
  expect(HostConfig).toMatchObject({ NetworkMode: 'bridge', Runtime: 'runsc', CapDrop: ['ALL'] })
  expect(HostConfig).not.toHaveProperty('PublishAllPorts')
  expect([HostConfig?.PortBindings, ExposedPorts]).toEqual([undefined, undefined])
})

test("the image's own checks of its health are not run", () => {
  expect(createOptions(spec(), [], false).Healthcheck).toEqual({ Test: ['NONE'] })
})

test.each([
  [['/'], '/'],
  [['/x/..'], '/x/..'],
  [['/data', '/proc'], '/proc'],
  [['/proc/self/'], '/proc/self/'],
  [['/dev'], '/dev'],
  [['/dev/net'], '/dev/net'],
  [['/sbin'], '/sbin'],
  [['/usr'], '/usr'],
  [['/usr/bin/'], '/usr/bin/'],
  [['/sbin/docker-init'], '/sbin/docker-init'],
  [['/usr/local', '/usr/bin/data', '/sbins'], undefined],
  [['data'], 'data'],
  [['/dev/shm', '/device', '/process', '/data'], undefined],
])('of the volumes %j none can be made with %s', (volumes, wrong) => {
  expect(impossibleVolume(volumes)).toBe(wrong)
})
