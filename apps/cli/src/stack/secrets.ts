/**
 * The installation's passwords and token, made once and kept in files of mode 0600, a folder for each reader:
 * containers get theirs mounted, so that nothing secret stands in an environment or a command line. The files a
 * container reads belong to the uid it runs as.
 */
import { DISPATCHER_USER, workerUser } from '@carya/contracts'
import { chmod, chown, mkdir, readFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { type Home, replaceFile } from './home.ts'
import type { Owner } from './owner.ts'
import { systemCode } from './error-code.ts'

export type Secrets = {
  dispatcher: string
  worker: string
  submitter: string
  redis: string
  token: string
  /** Of workers on other hosts, by name. */
  workers: Record<string, string>
}

/** The user that `carya env` gives a client: its name on the broker and of its token. */
export const SUBMITTER = 'submitter'

/** A password nobody can guess, of characters that need no escape in a URL or a shell. */
export const freshPassword = (): string => randomBytes(24).toString('base64url')

/** The secrets, made where they are missing, for these workers on other hosts and no others. */
export async function ensureSecrets(home: Home, workers: readonly string[]): Promise<Secrets> {
  const kept = await readSecrets(home)
  const secrets: Secrets = {
    dispatcher: kept?.dispatcher ?? freshPassword(),
    worker: kept?.worker ?? freshPassword(),
    submitter: kept?.submitter ?? freshPassword(),
    redis: kept?.redis ?? freshPassword(),
    token: kept?.token ?? freshPassword(),
    workers: Object.fromEntries(workers.map((name) => [name, kept?.workers?.[name] ?? freshPassword()])),
  }
  await keepSecrets(home, secrets)
  return secrets
}

/** Keeps them; hold the lock. */
export async function keepSecrets(home: Home, secrets: Secrets): Promise<void> {
  await secretFile(join(home.secrets, 'secrets.json'), `${JSON.stringify(secrets, null, 2)}\n`)
}

/** The secrets, or nothing where `up` has never run. An older version knew no workers on other hosts. */
export async function readSecrets(
  home: Home,
): Promise<(Omit<Secrets, 'workers'> & Partial<Secrets>) | undefined> {
  try {
    const kept: Omit<Secrets, 'workers'> & Partial<Secrets> = JSON.parse(
      await readFile(join(home.secrets, 'secrets.json'), 'utf8'),
    )
    return kept
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/**
 * Writes what the containers of the stack read, as files of the uid they run as. `logins`: those at registries, in a
 * Docker config for the worker.
 */
export async function writeServiceSecrets(
  home: Home,
  secrets: Secrets,
  worker: string,
  logins: string,
  reader: Owner,
): Promise<void> {
  const files = {
    'dispatcher/amqp-url': amqpUrl(DISPATCHER_USER, secrets.dispatcher, 'rabbitmq', 5672),
    'dispatcher/redis-url': `redis://default:${secrets.redis}@redis:6379`,
    'dispatcher/tokens': `${SUBMITTER}=${secrets.token}`,
    'worker/amqp-url': amqpUrl(workerUser(worker), secrets.worker, 'rabbitmq', 5672),
    'worker/docker.json': logins,
  }
  for (const [name, text] of Object.entries(files)) {
    await secretFile(join(home.secrets, name), `${text}\n`, reader)
  }
}

/** The URL of the broker for one user, in the vhost `/`. */
export function amqpUrl(user: string, password: string, host: string, port: number): string {
  return `amqp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/%2F`
}

/** Writes a file that only its reader, by default we, may read. */
export async function secretFile(path: string, text: string, reader?: Owner): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  if ((await readFile(path, 'utf8').catch(() => undefined)) !== text) await replaceFile(path, text, 0o600)
  await chmod(path, 0o600)
  if (reader && process.getuid?.() === 0) {
    await chown(folder, reader.uid, reader.gid)
    await chown(path, reader.uid, reader.gid)
  }
}
