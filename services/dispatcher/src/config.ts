/** The dispatcher's settings, from the environment; a secret may stand in a file named by `<NAME>_FILE`. */
import { DISPATCHER_USER, Duration, Size } from '@carya/contracts'
import { ConfigError, readSettings } from '@carya/contracts/settings'
import { readFileSync } from 'node:fs'
import { z } from 'zod'

export const Config = z.object({
  CARYA_AMQP_URL: z
    .url({ protocol: /^amqps?$/ })
    .refine(
      (url) => new URL(url).username === DISPATCHER_USER,
      `the user must be ${DISPATCHER_USER}: expiries count only with it`,
    )
    .meta({ description: 'The broker, with the dispatcher’s user and password', secret: true }),
  CARYA_REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .meta({ description: 'Redis: one instance', secret: true }),
  CARYA_STORE: z.string().startsWith('/').meta({ description: 'The store’s folder' }),
  CARYA_TOKENS_FILE: z
    .string()
    .startsWith('/')
    .meta({ description: 'Bearer tokens of HTTP, a line each: `name=token`; the name is the submitter' }),
  CARYA_INSTALLATION: z
    .string()
    .regex(/^[a-z0-9-]{4,40}$/)
    .meta({ description: 'Name of this installation: on its containers and events' }),
  CARYA_HTTP_HOST: z.string().default('127.0.0.1').meta({ description: 'Address to listen on' }),
  CARYA_HTTP_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(7070)
    .meta({ description: 'Port to listen on' }),
  CARYA_ALLOWED_HOSTS: z
    .string()
    .default('')
    .meta({ description: 'Names, beside those of loopback, that a request’s `Host` may have; with commas' }),
  CARYA_RETENTION: Duration.default('7d').meta({
    description:
      'How long ended runs and their keys, and workers that are lost and hold nothing, stay in Redis',
  }),
  CARYA_SWEEP: Duration.default('5s').meta({ description: 'Time between two sweeps of leases and timers' }),
  CARYA_RECONCILE: Duration.default('30s').meta({
    description: 'Time between two looks at whether records, live sets and queues agree',
  }),
  CARYA_QUEUED_GRACE: Duration.default('10s').meta({
    description: 'How long a job may be on its way into its queue before it is looked for there',
  }),
  CARYA_MOST_HOSTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(3)
    .meta({ description: 'A run fails when so many hosts have failed it' }),
  CARYA_MOST_HOST_FAULTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(5)
    .meta({ description: 'A run fails with so many faults of hosts in all' }),
  CARYA_RECOVERY: Duration.default('15s').meta({
    description: 'How long at least nothing is fed, stopped or expired after Redis was found put back',
  }),
  CARYA_ALLOW_PRIVATE_URLS: z.enum(['yes', 'no']).default('no').meta({
    description: 'Whether inputs and tables may be fetched from private addresses',
  }),
  CARYA_MAX_TABLE: Size.default('4GiB').meta({
    description: 'The largest table of a design that is fetched',
  }),
  CARYA_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ description: 'Log level' }),
})
export type Config = Readonly<z.infer<typeof Config>>

export const readConfig = (env: Record<string, string | undefined>): Config => readSettings(Config, env)

/** Tokens by name; a line that is no `name=token` is an error. */
export function readTokens(file: string): Map<string, string> {
  const tokens = new Map<string, string>()
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const at = line.indexOf('=')
    if (at < 1 || line.length - at < 17)
      throw new ConfigError(`CARYA_TOKENS_FILE: each line is name=token, the token at least 16 characters`)
    tokens.set(line.slice(0, at).trim(), line.slice(at + 1).trim())
  }
  return tokens
}
