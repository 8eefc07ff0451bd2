import type { Job } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { containerOf, imageOf, ownLabels, type HostFacts, type Places } from './isolation.ts'

const MIB = 2 ** 20
const job = (more: Partial<Job> = {}): Job => ({
  v: 1,
  run: 'r01arz3ndektsv4rrffq69g5fav',
  attempt: 2,
  nonce: '0123456789abcdef',
  submitter: 'ana',
  model: 'dalec@1.0.0',
  image: { name: 'ghcr.io/lab/dalec:1.0.0', digest: `sha256:${'a'.repeat(64)}`, by: 'repo' },
  params: { f_lab: 1e-7, verbose: true, site: 'US-Ha1' },
  inputs: {},
  files: [],
  resources: { cpus: 2.5, memory: 256 * MIB },
  timeout: 600,
  lease: 60,
  pool: 'default',
  needs: [],
  queuedAt: '2026-01-01T00:00:00.000Z',
  ...more,
})
const host: HostFacts = {
  installation: 'lab',
  worker: 'w1',
  cpus: 4,
  user: { uid: 1000, gid: 1000 },
  fileBytes: 2 ** 36,
  logBytes: 2 ** 26,
  bootId: 'boot',
  liveRestore: true,
}
const places: Places = {
  outputs: '/s/outputs',
  params: '/s/params.json',
  inputs: [{ name: 'drivers.csv', path: '/s/files/x' }],
  files: [],
}

describe('a container', () => {
  test('gets no way out, nothing to write but its own, and a limit on everything', () => {
    expect(containerOf(job(), host, places).isolation).toEqual({
      user: '1000:1000',
      network: 'none',
      readOnlyRoot: true,
      capabilities: 'none',
      noNewPrivileges: true,
      init: true,
      cpus: 2.5,
      memory: 256 * MIB,
      processes: 512,
      openFiles: 4096,
      fileBytes: 2 ** 36,
      tmpBytes: 128 * MIB,
      writable: [],
      shmBytes: 64 * MIB,
      logBytes: 64 * MIB,
    })
  })

  test('gets what its manifest asks beyond that, and the runtime of the host where it asks none', () => {
    const writable = ['/tmp', '/var/model', '/opt/x']
    const isolation = { network: 'outbound' as const, writable, runtime: 'kata' }
    const asking = job({ setup: { workdir: '/opt/model', isolation } })
    const made = containerOf(asking, { ...host, runtime: 'runsc' }, places)
    expect(made.workingDir).toBe('/opt/model')
    expect(made.isolation).toMatchObject({
      network: 'outbound',
      writable: ['/var/model', '/opt/x'],
      // the three share what /tmp alone would have
      tmpBytes: Math.floor((128 * MIB) / 3),
      runtime: 'kata',
      readOnlyRoot: true,
      capabilities: 'none',
      noNewPrivileges: true,
    })
    expect(containerOf(job(), { ...host, runtime: 'runsc' }, places).isolation.runtime).toBe('runsc')
  })

  test('can write its outputs alone', () => {
    const { mounts } = containerOf(job(), host, places)
    expect(mounts.filter((mount) => !mount.readOnly).map((mount) => mount.target)).toEqual(['/carya/outputs'])
    expect(mounts).toContainEqual({
      source: '/s/files/x',
      target: '/carya/inputs/drivers.csv',
      readOnly: true,
    })
  })

  test('is told its parameters as they are written in JSON, and how many threads it has', () => {
    expect(containerOf(job(), host, places).env).toEqual({
      CARYA_PARAM_F_LAB: '1e-7',
      CARYA_PARAM_VERBOSE: 'true',
      CARYA_PARAM_SITE: 'US-Ha1',
      HOME: '/tmp',
      OMP_NUM_THREADS: '2',
    })
  })

  test('is never given more CPUs than the engine has, nor less memory than it takes', () => {
    const { isolation } = containerOf(job({ resources: { cpus: 64, memory: 1 } }), host, places)
    expect(isolation).toMatchObject({ cpus: 4, memory: 6 * MIB })
  })

  test('is named by its attempt, so that making it twice makes one', () => {
    expect(containerOf(job(), host, places).name).toBe(
      'carya-lab-r01arz3ndektsv4rrffq69g5fav-2-0123456789abcdef',
    )
  })
})

test.each([
  ['dalec', 'repo', `dalec@sha256:${'a'.repeat(64)}`],
  ['localhost:5000/lab/dalec:1.0', 'repo', `localhost:5000/lab/dalec@sha256:${'a'.repeat(64)}`],
  ['localhost:5000/lab/dalec', 'repo', `localhost:5000/lab/dalec@sha256:${'a'.repeat(64)}`],
  [`dalec@sha256:${'b'.repeat(64)}`, 'repo', `dalec@sha256:${'a'.repeat(64)}`],
  ['dalec:1', 'id', `sha256:${'a'.repeat(64)}`],
] as const)('the image %s, pinned by %s, is %s', (name, by, wanted) => {
  expect(imageOf({ image: { name, by, digest: `sha256:${'a'.repeat(64)}` } })).toBe(wanted)
})

test('a container says whether its job asks anything of its outputs, for when the job is lost', () => {
  const label = (setup: NonNullable<Job['setup']>) =>
    containerOf(job({ setup }), host, places).labels[ownLabels.asksOfOutputs]
  expect(label({ outputs: { 'a.txt': { required: true } } })).toBe('yes')
  expect(label({ metrics: { a: { output: 'a.txt', column: 'b', take: 'max' } } })).toBe('yes')
  expect(label({ workdir: '/opt', outputs: {} })).toBeUndefined()
})
