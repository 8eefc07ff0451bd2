/** What the engine's machine has, and how the engine is set. */
import type { EngineFacts } from '../ports.ts'
import type { Engine } from './engine.ts'

type Info = {
  NCPU: number
  MemTotal: number
  ServerVersion: string
  KernelVersion?: string
  Architecture?: string
  LiveRestoreEnabled?: boolean
  /** only Podman has it */
  BuildahVersion?: string
  Runtimes?: Record<string, unknown> | null
}

export async function readEngine(engine: Engine): Promise<EngineFacts> {
  const info: Info = await engine.ask((docker) => docker.info())
  return {
    cpus: info.NCPU,
    memory: info.MemTotal,
    name: info.BuildahVersion === undefined ? 'docker' : 'podman',
    version: info.ServerVersion,
    kernel: info.KernelVersion ?? '',
    architecture: info.Architecture ?? '',
    liveRestore: info.LiveRestoreEnabled === true,
    runtimes: Object.keys(info.Runtimes ?? {}),
  }
}

/** Whether the engine labels containers for SELinux, so that what is mounted must be relabelled. */
export async function enforcesSelinux(engine: Engine): Promise<boolean> {
  const info: { SecurityOptions?: string[] | null } = await engine.ask((docker) => docker.info())
  return (info.SecurityOptions ?? []).some((option) => option.includes('name=selinux'))
}
