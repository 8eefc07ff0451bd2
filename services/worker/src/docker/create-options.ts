/** A container's settings in the engine's words: a translation, word by word; what they are is decided in domain/. */
import type { ContainerCreateOptions, HostConfig, MountSettings } from 'dockerode'
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
  const covers = volumes
    .filter((path) => !given.has(path) && path !== '/tmp')
    .map((path) => [path, 'ro,nosuid,nodev,noexec,size=4k'])
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
    AttachStdout: false,
    AttachStderr: false,
    HostConfig: {
      ...hostConfig(spec),
      Tmpfs: {
        ...Object.fromEntries(covers),
        '/tmp': `rw,nosuid,nodev,exec,mode=1777,size=${spec.isolation.tmpBytes}`,
      },
      ...(isRelabelling
        ? {
            Binds: spec.mounts.map((each) => `${each.source}:${each.target}:${each.readOnly ? 'ro,z' : 'z'}`),
          }
        : { Mounts: binds }),
    },
  }
}

function hostConfig({ isolation }: ContainerSpec): HostConfig {
  const { fileBytes, logBytes, memory, openFiles, shmBytes } = isolation
  return {
    NetworkMode: isolation.network,
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
