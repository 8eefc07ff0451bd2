/** Connections to Redis, and its clock. */
import { Redis } from 'ioredis'
import { Unavailable } from '../api.ts'
import { defineCommit } from './commit.ts'
import { keys } from './keys.ts'
import { defineBacklog } from './read-backlog.ts'

/** Version of the layout that this dispatcher writes. */
export const SCHEMA = 1

/** A client that reconnects for ever; a command fails after a few seconds of Redis being away, and says so. */
export function openRedis(url: string, name: string): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 2,
    enableAutoPipelining: true,
    lazyConnect: true,
    retryStrategy: (times) => Math.min(2000, 50 * 2 ** Math.min(times, 6)) * (0.5 + Math.random() / 2),
  })
  defineCommit(redis)
  defineBacklog(redis)
  return redis
}

/** Connects, waiting for as long as Redis takes; gives up only at the signal. */
export async function connect(redis: Redis, signal: AbortSignal): Promise<void> {
  if (redis.status === 'wait') redis.connect().catch(() => undefined)
  while (redis.status !== 'ready') {
    signal.throwIfAborted()
    await new Promise<void>((resolve) => {
      const done = () => {
        redis.off('ready', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      redis.once('ready', done)
      signal.addEventListener('abort', done, { once: true })
    })
  }
}

/**
 * Refuses a Redis that this dispatcher must not write to: a newer layout, a cluster, or one that forgets.
 * `unsafe` lists what makes an acknowledged write losable; readiness says it.
 */
export async function checkServer(redis: Redis): Promise<{ unsafe: string[] }> {
  const [schema] = await redis.mget(keys.schema)
  if (schema !== null && schema !== undefined && Number(schema) > SCHEMA)
    throw new Error(`Redis holds layout ${schema}, this version knows ${SCHEMA}: use a newer dispatcher`)
  await redis.set(keys.schema, SCHEMA)
  const info = await redis.info('cluster')
  if (info.includes('cluster_enabled:1')) throw new Error('Redis Cluster cannot be used: take one instance')
  const unsafe: string[] = []
  for (const [name, wanted] of [
    ['appendonly', 'yes'],
    ['appendfsync', 'always'],
    ['maxmemory-policy', 'noeviction'],
  ] as const) {
    const found = await setting(redis, name)
    if (found !== undefined && found !== wanted) unsafe.push(`${name} is ${found}, should be ${wanted}`)
  }
  return { unsafe }
}

/** Managed servers forbid CONFIG: then the setting is unknown, not wrong. */
async function setting(redis: Redis, name: string): Promise<string | undefined> {
  const found: unknown = await redis.config('GET', name).catch(() => undefined)
  return Array.isArray(found) && typeof found[1] === 'string' ? found[1] : undefined
}

/**
 * Redis' time in milliseconds, read at intervals and carried on by the monotonic clock: one clock for all dispatchers.
 * A step of it (set by hand, or by a host that woke up) is told to `onStep`, at once with the change.
 */
export type Clock = {
  now(): number
  iso(): string
  adjust(): Promise<void>
  onStep(listener: (stepMs: number) => void): void
  /** Redis gave no answer for so long: nothing was written meanwhile. */
  onStall(listener: (stalledMs: number) => void): void
}

/** Two readings that differ by more are a step, and no inaccuracy. */
const STEP_MS = 2000
/** An answer that took longer tells the time too vaguely; the next one is taken. */
const VAGUE_MS = 1000
const STALL_MS = 2000

export function redisClock(redis: { time(): Promise<(string | number)[]> }): Clock {
  let offset = Date.now() - performance.now()
  let isSet = false
  const listeners: ((stepMs: number) => void)[] = []
  const stalls: ((stalledMs: number) => void)[] = []
  const now = () => performance.now() + offset
  return {
    now,
    iso: () => new Date(now()).toISOString(),
    async adjust() {
      const before = performance.now()
      const [seconds, micros] = await redis.time()
      const after = performance.now()
      if (after - before > STALL_MS) for (const listener of stalls) listener(after - before)
      if (isSet && after - before > VAGUE_MS) return
      const found = Number(seconds) * 1000 + Number(micros) / 1000 - (before + after) / 2
      const step = found - offset
      const isStep = isSet && Math.abs(step) > STEP_MS
      offset = found
      isSet = true
      if (isStep) for (const listener of listeners) listener(step)
    },
    onStep: (listener) => void listeners.push(listener),
    onStall: (listener) => void stalls.push(listener),
  }
}

/** A Redis that answers with any other word than these does not judge our command: it is loading, busy, full, … */
const NOT_NOW = /^ReplyError (?!ERR |WRONGTYPE )[A-Z]+ /
const LOST =
  /MaxRetriesPerRequest|Stream isn't writeable|Connection is closed|connection close|ECONNREFUSED|MISCONF|OOM command/

/** Turns a Redis that is not there, or cannot serve now, into the word for users; anything else passes. */
export function unavailable(err: unknown): unknown {
  const text = err instanceof Error ? `${err.name} ${err.message}` : ''
  return LOST.test(text) || NOT_NOW.test(text) ? new Unavailable('Redis', { cause: err }) : err
}

/** Whether an error says that a part is away, and nothing of what was asked. */
export function isAway(err: unknown): boolean {
  return unavailable(err) instanceof Unavailable
}
