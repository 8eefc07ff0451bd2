/** The container engine: where its socket is, whether it answers, what it is. Only the socket is used, no client. */
import Docker from 'dockerode'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode, wordsOf } from './error-code.ts'
import { exitCodes } from '../terminal/exit-codes.ts'
import { CommandFailure } from '../terminal/failure.ts'

export type { Docker }

export const DEFAULT_SOCKET = '/var/run/docker.sock'

/** How long an engine may take to say who it is. */
const ANSWER_MS = 10_000

export type EngineInfo = {
  version: string
  apiVersion: string
  liveRestore: boolean
  rootless: boolean
  selinux: boolean
  cgroup: string
  cpus: number
  memoryBytes: number
  dataRoot: string
  /** Limits the kernel cannot set for containers, by name. */
  missingLimits: string[]
}

/**
 * The engine's socket: CARYA_DOCKER_SOCKET, else DOCKER_HOST if it names a socket, else the usual place, else rootless
 * Docker's.
 */
export function findSocket(env: NodeJS.ProcessEnv): string {
  const named = env['CARYA_DOCKER_SOCKET']
  if (named) return named.replace(/^unix:\/\//, '')
  const host = env['DOCKER_HOST']
  if (host?.startsWith('unix://')) return host.slice('unix://'.length)
  const rootless = join(env['XDG_RUNTIME_DIR'] || '/nonexistent', 'docker.sock')
  return !existsSync(DEFAULT_SOCKET) && existsSync(rootless) ? rootless : DEFAULT_SOCKET
}

/** A client of the engine at this socket; nothing is asked yet. */
export function connectEngine(socket: string): Docker {
  return new Docker({ socketPath: socket })
}

/** What the engine says of itself, or why it does not. */
export async function askEngine(docker: Docker): Promise<EngineInfo | { unreachable: string }> {
  try {
    const version = await inTime(docker.version())
    const info: EngineWords = await inTime(docker.info())
    const security = info.SecurityOptions ?? []
    return {
      version: version.Version,
      apiVersion: version.ApiVersion,
      liveRestore: info.LiveRestoreEnabled === true,
      rootless: security.some((option) => option.includes('rootless')),
      selinux: security.some((option) => option.includes('selinux')),
      cgroup: `v${info.CgroupVersion ?? '1'}`,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      dataRoot: info.DockerRootDir,
      missingLimits: missingLimits(info),
    }
  } catch (error) {
    return { unreachable: whyUnreachable(error) }
  }
}

/** What is read of the engine's answer to `info`; the client has no types for it. */
type EngineWords = {
  SecurityOptions?: string[]
  LiveRestoreEnabled?: boolean
  CgroupVersion?: string
  NCPU: number
  MemTotal: number
  DockerRootDir: string
  MemoryLimit?: boolean
  SwapLimit?: boolean
  CpuCfsQuota?: boolean
  PidsLimit?: boolean
}

function missingLimits({ MemoryLimit, SwapLimit, CpuCfsQuota, PidsLimit }: EngineWords): string[] {
  const limits = { memory: MemoryLimit, swap: SwapLimit, cpu: CpuCfsQuota, processes: PidsLimit }
  return Object.entries(limits).flatMap(([name, has]) => (has === false ? [name] : []))
}

/** A socket may take a question and never answer it: an engine that is stopped, or something else. */
function inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS / 1000} s`)), ANSWER_MS).unref()
  })
  return Promise.race([answer, late])
}

function whyUnreachable(error: unknown): string {
  const code = systemCode(error)
  if (code === 'ENOENT') return 'there is no such socket'
  if (code === 'ECONNREFUSED') return 'nothing listens there'
  if (code === 'EACCES') return 'you may not use it (are you in its group?)'
  return wordsOf(error)
}

/** The engine, asked; ends the command where it is not reached. For commands that do not set up anything. */
export async function requireEngine(env: NodeJS.ProcessEnv): Promise<{ docker: Docker; info: EngineInfo }> {
  const socket = findSocket(env)
  const docker = connectEngine(socket)
  const info = await askEngine(docker)
  if ('unreachable' in info) throw engineUnreachable(socket, info.unreachable)
  return { docker, info }
}

/** The failure that says where the engine was looked for and what to do. */
export function engineUnreachable(socket: string, why: string, help: readonly string[] = []): CommandFailure {
  return new CommandFailure(exitCodes.unreachable, {
    title: 'No container engine is reached.',
    detail: `Looked at ${socket}: ${why}.`,
    help: help.length > 0 ? help : ['carya doctor says what is missing and how to mend it.'],
  })
}
