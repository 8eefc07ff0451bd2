/** The variables of docker/compose.yaml, which documents them. */
import type { Owner } from './owner.ts'
import type { Installation, Ports } from './installation.ts'
import { LOOPBACK } from './listen.ts'
import { policyPath } from './policy.ts'

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
}

/** The variables for one stack. */
export function stackEnvironment(settings: StackSettings): Record<string, string> {
  const { installation, ports, images, owner } = settings
  return {
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
    ...(installation.policy === undefined ? {} : { CARYA_POLICY: policyPath(installation.policy) }),
    ...installation.settings,
  }
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
