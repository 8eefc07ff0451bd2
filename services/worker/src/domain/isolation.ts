/**
 * What isolation a model's container gets, and what it is given: all of it, in this one place.
 *
 * A model is a program of somebody else's. By default it has no network, a root file system it cannot write, no
 * capabilities and no way to gain privileges, a user that is not root, and limits on memory (no swap), CPU, processes,
 * open files, file size, `/tmp`, `/dev/shm` and log. It sees its parameters and inputs read-only and can write its
 * outputs. No other setting of the engine's is used; adapters translate this, word by word.
 *
 * What its manifest asks beyond that (a way out to the network, more folders in memory, a runtime by name) it gets here
 * without being asked again: whether the host's policy allows it was decided when the job was taken (take-job.ts).
 */
import { inside, labels, limits, type Job } from '@carya/contracts'
import { asksOfOutputs } from './outputs-asked.ts'
import { inputPlace, placeOf, workingFolder } from './places.ts'

export type Mount = { source: string; target: string; readOnly: boolean }
export type ContainerSpec = {
  name: string
  image: string
  /** replaces entrypoint and command of the image */
  command?: string[]
  env: Record<string, string>
  labels: Record<string, string>
  workingDir: string
  mounts: Mount[]
  isolation: Isolation
}
/** Sizes in bytes. */
export type Isolation = {
  user: string
  network: 'none' | 'outbound'
  readOnlyRoot: true
  capabilities: 'none'
  noNewPrivileges: true
  /** a first process that reaps children and hands on signals */
  init: true
  cpus: number
  /** memory and swap together: there is no swap */
  memory: number
  processes: number
  openFiles: number
  fileBytes: number
  /** of `/tmp`, and of each of `writable` */
  tmpBytes: number
  /** more folders like `/tmp` */
  writable: string[]
  shmBytes: number
  logBytes: number
  /** by the engine's name for it; absent: the engine's usual one */
  runtime?: string
}

/** What the host adds to a job. */
export type HostFacts = {
  installation: string
  worker: string
  /** CPUs of the engine's machine: asking it for more is an error */
  cpus: number
  user: { uid: number; gid: number }
  /** the largest file a model may write, bytes */
  fileBytes: number
  /** how much of a log the engine keeps at least, bytes */
  logBytes: number
  /** facts by which a worker that comes back judges exits it has not seen (H19) */
  bootId: string
  liveRestore: boolean
  /** what models get that ask no runtime, by the host's policy */
  runtime?: string
}

/** Absolute paths on the host of what the attempt is given; `files` are the rendered parameter files, in the job's order. */
export type Places = {
  outputs: string
  params: string
  inputs: { name: string; path: string }[]
  files: string[]
}

/** Labels beyond the contract's, read only by the worker that wrote them: adoption needs nothing but the engine. */
export const ownLabels = {
  timeout: 'carya.timeout',
  lease: 'carya.lease',
  disk: 'carya.disk',
  asksOfOutputs: 'carya.asks-of-outputs',
  boot: 'carya.boot',
  liveRestore: 'carya.live-restore',
} as const

const MIB = 2 ** 20
const PROCESSES = 512
const OPEN_FILES = 4_096 // an engine cannot grant more than it has itself
/** A tmpfs counts as memory: as large as the limit it would end in a kill, not in "no space left". */
const TMP_PART = 0.5
const MOST_TMP = 2 ** 30
const SHM_PART = 0.25
const MOST_SHM = 64 * MIB

/** The container of a job, complete: the same job on the same host gives the same container, name included. */
export function containerOf(job: Job, host: HostFacts, places: Places): ContainerSpec {
  const memory = Math.max(limits.leastMemoryBytes, Math.floor(job.resources.memory))
  const { isolation: asked = {} } = job.setup ?? {}
  const writable = (asked.writable ?? []).filter((path) => path !== '/tmp')
  const runtime = asked.runtime ?? host.runtime
  return {
    name: containerName(host.installation, job),
    image: imageOf(job),
    ...(job.command ? { command: job.command } : {}),
    env: environment(job),
    labels: labelsOf(job, host),
    workingDir: workingFolder(job),
    mounts: [
      { source: places.outputs, target: inside.outputs, readOnly: false },
      { source: places.params, target: inside.params, readOnly: true },
      ...places.inputs.map(({ name, path }) => ({
        source: path,
        target: inputPlace(job, name),
        readOnly: true,
      })),
      ...places.files.map((source, index) => ({
        source,
        target: placeOf(job, job.files[index]?.path ?? ''),
        readOnly: true,
      })),
    ],
    isolation: {
      user: `${host.user.uid}:${host.user.gid}`,
      network: asked.network ?? 'none',
      readOnlyRoot: true,
      capabilities: 'none',
      noNewPrivileges: true,
      init: true,
      cpus: Math.min(job.resources.cpus, host.cpus),
      memory,
      processes: PROCESSES,
      openFiles: OPEN_FILES,
      fileBytes: Math.min(host.fileBytes, job.resources.disk ?? Infinity),
      tmpBytes: Math.floor(Math.min(MOST_TMP, memory * TMP_PART) / (1 + writable.length)),
      writable,
      shmBytes: Math.min(MOST_SHM, Math.floor(memory * SHM_PART)),
      logBytes: host.logBytes,
      ...(runtime === undefined ? {} : { runtime }),
    },
  }
}

/** The name is the idempotency: an engine makes one container of a name. */
export function containerName(
  installation: string,
  { run, attempt, nonce }: { run: string; attempt: number; nonce: string },
): string {
  return `carya-${installation.slice(0, 12)}-${run}-${attempt}-${nonce}`
}

/** A digest of a registry is looked for under the image's name; an engine's own id stands for itself. */
export function imageOf({ image }: Pick<Job, 'image'>): string {
  if (image.by === 'id') return image.digest
  const [name = image.name] = image.name.split('@')
  return `${name.replace(/:[^:/]*$/, '')}@${image.digest}`
}

function environment(job: Job): Record<string, string> {
  const params = Object.entries(job.params).map(([name, value]) => [
    `CARYA_PARAM_${name.toUpperCase()}`,
    String(value),
  ])
  return {
    ...Object.fromEntries(params),
    HOME: '/tmp',
    OMP_NUM_THREADS: String(Math.max(1, Math.floor(job.resources.cpus))),
  }
}

function labelsOf(job: Job, host: HostFacts): Record<string, string> {
  return {
    [labels.installation]: host.installation,
    [labels.worker]: host.worker,
    [labels.run]: job.run,
    [labels.attempt]: String(job.attempt),
    [labels.nonce]: job.nonce,
    [ownLabels.timeout]: String(job.timeout),
    [ownLabels.lease]: String(job.lease),
    ...(job.resources.disk === undefined ? {} : { [ownLabels.disk]: String(job.resources.disk) }),
    ...(asksOfOutputs(job) ? { [ownLabels.asksOfOutputs]: 'yes' } : {}),
    [ownLabels.boot]: host.bootId,
    [ownLabels.liveRestore]: String(host.liveRestore),
  }
}
