/** The worker's settings, from the environment; a secret may stand in a file named by `<NAME>_FILE`. */
import { Duration, Name, parseDuration, parseSize, Size, workerUser } from '@carya/contracts'
import { readFileSync } from 'node:fs'
import { isAbsolute } from 'node:path'
import { z } from 'zod'

const path = z.string().refine(isAbsolute, 'an absolute path')
const size = z
  .preprocess((text) => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text), Size)
  .transform((given) => parseSize(given) ?? 0)

export const Config = z.object({
  CARYA_AMQP_URL: z
    .url({ protocol: /^amqps?$/ })
    .meta({ description: 'The broker, with this worker’s user and password', secret: true }),
  CARYA_STORE: path.meta({
    description: 'The store’s folder: at the same path for the worker and the engine',
  }),
  CARYA_WORKER: Name.meta({ description: 'Name of this worker; no two may have the same' }),
  CARYA_POOL: Name.default('default').meta({ description: 'The pool whose runs it takes' }),
  CARYA_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9-]{4,40}$/)
    .meta({ description: 'Name of this installation: only its containers are touched' }),
  CARYA_DOCKER_SOCKET: path.default('/var/run/docker.sock').meta({ description: 'The engine’s socket' }),
  CARYA_WORKER_CPUS: z.coerce
    .number()
    .positive()
    .optional()
    .meta({ description: 'CPUs offered to runs; without it all of the host’s' }),
  CARYA_WORKER_MEMORY: size
    .optional()
    .meta({ description: 'Memory offered to runs; without it all of the host’s' }),
  CARYA_FILE_ROOTS: z
    .string()
    .default('')
    .transform((list) => list.split(':').filter((each) => each !== ''))
    .refine((roots) => roots.every(isAbsolute), 'absolute paths with : between them')
    .meta({ description: 'Folders that `file:` inputs may come from, with `:` between them; default none' }),
  CARYA_ALLOW_PRIVATE_URLS: z
    .enum(['yes', 'no'])
    .default('no')
    .meta({ description: 'Whether inputs may be fetched from private addresses' }),
  CARYA_MAX_INPUT: size.default(16 * 2 ** 30).meta({ description: 'The largest input that is copied' }),
  CARYA_MAX_LOG: size.default(64 * 2 ** 20).meta({ description: 'How much of what a model says is kept' }),
  CARYA_MAX_FILE: size.default(64 * 2 ** 30).meta({ description: 'The largest file a model may write' }),
  CARYA_UNWELL_PAUSE: Duration.default('30s').meta({
    description:
      'How long no jobs are taken after three models in a row could not be started; it doubles up to 10m',
  }),
  CARYA_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ description: 'Log level' }),
})
export type Config = Readonly<z.infer<typeof Config>>

/** Seconds of a setting that is a duration. */
export const seconds = (setting: string): number => parseDuration(setting)!

export class ConfigError extends Error {
  readonly code = 'CONFIG'
}

/** Reads all settings at once; a ConfigError names every one that is wrong, with what would be right. */
export function readConfig(env: Record<string, string | undefined>): Config {
  const values: Record<string, string | undefined> = {}
  const problems: string[] = []
  for (const name of Object.keys(Config.shape)) {
    const file = env[`${name}_FILE`]
    try {
      values[name] = (file === undefined ? env[name] : readFileSync(file, 'utf8').trim()) || undefined
    } catch (error) {
      problems.push(`${name}_FILE: ${error instanceof Error ? error.message : 'cannot be read'}`)
    }
  }
  const parsed = Config.safeParse(values)
  for (const {
    path: [name = ''],
    message,
  } of parsed.error?.issues ?? [])
    problems.push(`${String(name)}: ${values[String(name)] === undefined ? 'missing' : message}`)
  if (parsed.success) problems.push(...wrongUser(parsed.data))
  if (parsed.success && problems.length === 0) return Object.freeze(parsed.data)
  throw new ConfigError(`settings are not right:\n${problems.map((each) => `  ${each}`).join('\n')}`)
}

/** The broker vouches for the login, and by it the dispatcher knows whose reports they are. */
function wrongUser({ CARYA_AMQP_URL, CARYA_WORKER }: Config): string[] {
  const user = decodeURIComponent(new URL(CARYA_AMQP_URL).username)
  const right = workerUser(CARYA_WORKER)
  return user === right
    ? []
    : [`CARYA_AMQP_URL: the user must be ${right}: a worker's reports count only with it`]
}
