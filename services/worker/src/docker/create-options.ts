/** A container's settings in the engine's words: a translation, word by word; what they are is decided in domain/. */
import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode'
import { posix } from 'node:path'
import type { ContainerSpec } from '../domain/isolation.ts'

const LOG_FILES = 2

/**
 * `volumes`: paths that the image declares as such. The engine would mount writable volumes without limit there, so
 * they are covered by empty folders that cannot be written (anonymous volumes cannot be read-only). Mounts, unlike
 * `Binds`, do not create a missing path on the host; but only Binds can relabel for SELinux.
 */
export function createOptions(
  spec: ContainerSpec,
  volumes: readonly string[],
  isRelabelling: boolean,
): ContainerCreateOptions & { name: string } {
  const given = new Set(spec.mounts.map((mount) => mount.target))
  const binds: MountSettings[] = spec.mounts.map(({ source, target, readOnly }) => ({
    Type: 'bind',
    Source: source,
    Target: target,
    ReadOnly: readOnly,
  }))
  const writable = ['/tmp', ...spec.isolation.writable]
  const covers = volumes
    .map(plainPath)
    .filter((path) => !given.has(path) && !writable.includes(path))
    .map((path) => [path, 'ro,nosuid,nodev,noexec,size=4k'])
  // where the image has the folder, some runtimes give it the mode that it has there: then its owner can still write
  const [uid, gid] = spec.isolation.user.split(':')
  const tmpfs = `rw,nosuid,nodev,exec,mode=1777,uid=${uid},gid=${gid},size=${spec.isolation.tmpBytes}`
  return {
    name: spec.name,
    Image: spec.image,
    ...(spec.command ? { Entrypoint: spec.command, Cmd: [] } : {}),
    Env: Object.entries(spec.env).map(([name, value]) => `${name}=${value}`),
    Labels: spec.labels,
    WorkingDir: spec.workingDir,
    User: spec.isolation.user,
    // what the engine ends it with when it stops: one by which that is known (watch.ts), whatever the image says
    StopSignal: 'SIGTERM',
    // the engine would run the image's program again and again, beside what is counted as the model's
    Healthcheck: { Test: ['NONE'] },
    AttachStdout: false,
    AttachStderr: false,
    HostConfig: {
      ...hostConfig(spec),
      Tmpfs: {
        ...Object.fromEntries(covers),
        ...Object.fromEntries(writable.map((path) => [path, tmpfs])),
      },
      ...(isRelabelling
        ? {
            Binds: spec.mounts.map((each) => `${each.source}:${each.target}:${each.readOnly ? 'ro,z' : 'z'}`),
          }
        : { Mounts: binds }),
    },
  }
}

/** An image may write `/data/` or `/a/../data`. */
function plainPath(volume: string): string {
  return posix.resolve('/', volume)
}

/**
 * A volume that the image declares where no container could be made with it, or nothing be found that it starts with:
 * an image that nobody can run.
 */
export function impossibleVolume(volumes: readonly string[]): string | undefined {
  return volumes.find(
    (path) =>
      !posix.isAbsolute(path) || [KERNELS, PROGRAMS].some((impossible) => impossible.test(plainPath(path))),
  )
}

const KERNELS = /^\/$|^\/(proc|dev)(\/|$)(?!shm(\/|$))/
/** where the engine's init is too, by one name or another */
const PROGRAMS = /^\/(usr|(usr\/)?s?bin(\/docker-init)?)$/

function hostConfig({ isolation }: ContainerSpec): HostConfig {
  const { fileBytes, logBytes, memory, openFiles, runtime, shmBytes } = isolation
  return {
    // what the image exposes is published nowhere
    NetworkMode: isolation.network === 'outbound' ? 'bridge' : 'none',
    ...(runtime === undefined ? {} : { Runtime: runtime }),
    ReadonlyRootfs: isolation.readOnlyRoot,
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges'],
    Init: isolation.init,
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: Math.round(isolation.cpus * 1e9),
    PidsLimit: isolation.processes,
    IpcMode: 'private',
    ShmSize: shmBytes,
    Ulimits: [
      { Name: 'nofile', Soft: openFiles, Hard: openFiles },
      { Name: 'core', Soft: 0, Hard: 0 },
      { Name: 'fsize', Soft: fileBytes, Hard: fileBytes },
    ],
    LogConfig: {
      Type: 'local', // as fast as `json-file`, and keeps nearly twice as much in the same space
      Config: { 'max-size': String(logBytes), 'max-file': String(LOG_FILES), compress: 'false' },
    },
    RestartPolicy: { Name: 'no' },
  }
}
