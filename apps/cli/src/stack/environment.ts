/** The variables of docker/compose.yaml, which documents them. */
import type { Owner } from './owner.ts'
import type { Installation, Ports } from './installation.ts'

import { LOOPBACK } from './listen.ts'

export type StackImages = { rabbitmq: string; redis: string; services: string }

export type StackSettings = {
  installation: Installation
  ports: Ports
  images: StackImages
  state: string
  store: string
  owner: Owner
  /** The engine's socket as the engine's host knows it, and the group that may use it. */
  socket: string
  socketGid: number
  /** Whether bind mounts need an SELinux label. */
  selinux: boolean
  /** The caller's environment: settings of the services that are handed on. */
  env: NodeJS.ProcessEnv
}

/** Settings of the services that a user may give `up` in the environment. */
const HANDED_ON = [
  'CARYA_ALLOWED_HOSTS',
  'CARYA_ALLOW_PRIVATE_URLS',
  'CARYA_LOG_LEVEL',
  'CARYA_MAX_FILE',
  'CARYA_MAX_INPUT',
  'CARYA_MAX_LOG',
  'CARYA_MOST_HOSTS',
  'CARYA_MOST_HOST_FAULTS',
  'CARYA_REDIS_MEMORY',
  'CARYA_RETENTION',
  'CARYA_WORKER_CPUS',
  'CARYA_WORKER_MEMORY',
] as const

/** The variables for one stack. */
export function stackEnvironment(settings: StackSettings): Record<string, string> {
  const { installation, ports, images, owner, env } = settings
  const variables: Record<string, string> = {
    CARYA_STATE: settings.state,
    CARYA_STORE: settings.store,
    CARYA_INSTALLATION: installation.id,
    CARYA_WORKER: installation.worker,
    CARYA_POOL: installation.pool,
    CARYA_AMQP_ADDRESS: installation.listen ?? LOOPBACK,
    CARYA_AMQP_PORT: String(ports.amqp),
    CARYA_HTTP_PORT: String(ports.http),
    CARYA_IMAGE_RABBITMQ: images.rabbitmq,
    CARYA_IMAGE_REDIS: images.redis,
    CARYA_IMAGE_SERVICES: images.services,
    CARYA_USER: `${owner.uid}:${owner.gid}`,
    CARYA_DOCKER_SOCKET: settings.socket,
    CARYA_DOCKER_GID: String(settings.socketGid),
    CARYA_SELINUX: settings.selinux ? ',z' : '',
  }
  for (const name of HANDED_ON) {
    const value = env[name]
    if (value) variables[name] = value
  }
  return variables
}

/** The variables that an env file of ours holds. */
export function parseEnvFile(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^[A-Z_]+=/.test(line))
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** The same as an env file, which both generations of compose read: plain `NAME=value`, nothing quoted. */
export function envFile(
  variables: Record<string, string>,
  head = 'Written by carya up; read by docker compose --env-file.',
): string {
  const lines = Object.entries(variables).map(([name, value]) => {
    if (/[\n\r]/.test(value)) throw new Error(`${name} has a line break in it`)
    return `${name}=${value}\n`
  })
  return `${head.replaceAll(/^/gm, '# ')}\n${lines.join('')}`
}
