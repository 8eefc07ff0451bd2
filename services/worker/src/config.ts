/** The worker's settings, from the environment; a secret may stand in a file named by `<NAME>_FILE`. */
import { Duration, Name, parseSize, Size, workerUser } from '@carya/contracts'
import { readSettings } from '@carya/contracts/settings'
import { isAbsolute, join } from 'node:path'
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
  CARYA_DOCKER_CONFIG: path.optional().meta({
    description:
      'The Docker config with the logins at registries, a file or its folder, read for each pull; without it `$DOCKER_CONFIG`, or `~/.docker`',
  }),
  CARYA_WORKER_CPUS: z.coerce
    .number()
    .positive()
    .optional()
    .meta({ description: 'CPUs offered to runs; without it all of the host’s' }),
  CARYA_WORKER_MEMORY: size
    .optional()
    .meta({ description: 'Memory offered to runs; without it all of the host’s' }),
  CARYA_WORKER_DISK: size.optional().meta({
    description: 'Disk offered to runs that ask some; without it their `disk` is no matter of room',
  }),
  CARYA_LEAST_DISK: z
    .union([z.literal('0').transform(() => 0), size])
    .optional()
    .meta({
      description:
        'Free disk of the store below which no jobs are taken, 0: they always are; without it a hundredth of it, at most 1 GiB',
    }),
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
  CARYA_MAX_INPUT: size
    .default(16 * 2 ** 30)
    .meta({ description: 'The largest input that is fetched or copied, and the most that one unpacks to' }),
  CARYA_CACHE: path.optional().meta({
    description:
      'Folder of this worker’s cache of inputs: at the same path for the worker and the engine; without it `cache/<worker>` in the store',
  }),
  CARYA_CACHE_SIZE: size.optional().meta({
    description:
      'What the cache of inputs may take, what runs are using aside; without it a fifth of its disk, at most 50 GiB',
  }),
  CARYA_MAX_LOG: size.default(64 * 2 ** 20).meta({ description: 'How much of what a model says is kept' }),
  CARYA_MAX_FILE: size.default(64 * 2 ** 30).meta({ description: 'The largest file a model may write' }),
  CARYA_MAX_OUTPUTS: size
    .default(64 * 2 ** 30)
    .meta({ description: 'How much a run that asks no `disk` may write into its outputs' }),
  CARYA_UNWELL_PAUSE: Duration.default('30s').meta({
    description:
      'How long no jobs are taken after three models in a row could not be started; it doubles up to 10m',
  }),
  CARYA_POLICY: path.optional().meta({
    description:
      'The host’s policy, a YAML file: what models may ask beyond the isolation that all have; without it nothing (docs/security.md)',
  }),
  CARYA_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ description: 'Log level' }),
})
export type Config = Readonly<z.infer<typeof Config>>

export function readConfig(env: Record<string, string | undefined>): Config {
  const config = readSettings(Config, env, wrongUser)
  const { CARYA_DOCKER_CONFIG: given, CARYA_DOCKER_CONFIG_FILE: named } = env
  return given || named ? config : Object.freeze({ ...config, CARYA_DOCKER_CONFIG: usualDockerConfig(env) })
}

/** Where Docker's own client keeps the logins of who starts this process. */
function usualDockerConfig({ DOCKER_CONFIG, HOME }: Record<string, string | undefined>): string | undefined {
  return DOCKER_CONFIG || (HOME ? join(HOME, '.docker') : undefined)
}

/** The broker vouches for the login, and by it the dispatcher knows whose reports they are. */
function wrongUser({ CARYA_AMQP_URL, CARYA_WORKER }: Config): string[] {
  const user = decodeURIComponent(new URL(CARYA_AMQP_URL).username)
  const right = workerUser(CARYA_WORKER)
  return user === right
    ? []
    : [`CARYA_AMQP_URL: the user must be ${right}: a worker's reports count only with it`]
}
