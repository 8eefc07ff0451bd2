/** Everything that stands in Redis, opened together: connections, stores, the outbox and its relay. */
import type { BrokerState, Log } from '@carya/amqp'
import type { Api } from '../api.ts'
import { checkServer, connect, openRedis, redisClock } from './client.ts'
import { openEnsembles } from './ensembles.ts'
import { openFeed } from './feed.ts'
import { observeCommits } from './commit.ts'
import { KnownRuns } from './known-runs.ts'
import { openHeeded } from './heeded.ts'
import { openLiveSets } from './live-sets.ts'
import { openMended } from './mended.ts'
import { openModels } from './models.ts'
import { openOutbox, type IsDropped, type Send } from './outbox.ts'
import { openPools } from './pools.ts'
import { openRecoveries } from './recovery.ts'
import { openResolutions } from './resolutions.ts'
import { openRuns } from './runs.ts'
import { openWorkers } from './workers.ts'

export type StateParts = {
  url: string
  send: Send
  isDropped: IsDropped
  retentionSeconds: number
  log: Log
  stop: AbortSignal
  /** for how many milliseconds a worker that was last heard then has been silent */
  silence: (lastBeat: number) => number
}

const CHORES_EVERY_MS = 1000
/** What stays in the outbox from one round to the next is the relay's: its committer has died, or the broker was away. */
const RELAY_EVERY_MS = 2000
/** Share of Redis' memory above which no new work is taken, so that reports still fit. */
const FULL = 0.8

/** Throws where Redis goes away meanwhile, and leaves nothing open then. */
export async function openState(parts: StateParts) {
  const { url, send, isDropped, retentionSeconds, log, stop, silence } = parts
  await using opened = new AsyncDisposableStack()
  const open = (name: string) => {
    const client = openRedis(url, name)
    client.on('error', (err) => log.debug({ err }, 'Redis is away'))
    opened.defer(() => client.disconnect())
    return client
  }
  const redis = open('carya dispatcher')
  const reader = open('carya dispatcher feed')
  const subscriber = open('carya dispatcher news')
  await Promise.all([redis, reader, subscriber].map((each) => connect(each, stop)))
  const { unsafe } = await checkServer(redis)
  for (const what of unsafe) log.warn({ what }, 'Redis may lose acknowledged writes')
  const clock = redisClock(redis)
  await clock.adjust()

  const outbox = opened.use(openOutbox(redis, send, isDropped, log))
  const retention = { seconds: retentionSeconds }
  const known = new KnownRuns()
  const feed = openFeed(redis, reader, subscriber, log)
  const ending = new AbortController()
  const following = feed.run(ending.signal)
  opened.defer(async () => {
    ending.abort()
    await following
  })
  let fullness: string | undefined
  const chores = setInterval(() => {
    clock.adjust().catch(() => undefined)
    memory(redis).then(
      (share) =>
        (fullness =
          share > FULL ? `Redis is ${Math.round(share * 100)} % full: raise its maxmemory` : undefined),
      () => undefined,
    )
  }, CHORES_EVERY_MS)
  const relay = () => outbox.relay().catch((err: unknown) => log.debug({ err }, 'the relay waits for Redis'))
  const relays = setInterval(() => void relay(), RELAY_EVERY_MS)
  opened.defer(() => [chores, relays].forEach(clearInterval))
  // what a dispatcher that died has left: published as soon as the broker is there
  void relay()
  const resolutions = await openResolutions(redis, subscriber)

  const owned = opened.move()
  return {
    clock,
    feed,
    runs: openRuns(redis, outbox, retention, known),
    ensembles: openEnsembles(redis, outbox, retention),
    pools: openPools(redis, outbox, retention, known),
    models: openModels(redis),
    workers: openWorkers(redis, silence),
    liveSets: openLiveSets(redis),
    mended: openMended(redis),
    heeded: openHeeded(redis),
    resolutions,
    full: () => fullness,
    recoveries: openRecoveries(redis),
    onCommit: (observer: (seq: number) => void) => observeCommits(redis, observer),
    forgetKnown: () => known.clear(),
    isUp: () => redis.status === 'ready',
    onChange(listener: (up: boolean) => void) {
      redis.on('ready', () => listener(true))
      redis.on('close', () => listener(false))
    },
    readiness:
      (broker: () => BrokerState, isRecovering: () => boolean): Api['readiness'] =>
      async () => {
        const up = redis.status === 'ready'
        const word = brokerWord(broker())
        const found = {
          redis: up ? (isRecovering() ? 'recovering' : 'up') : 'down',
          broker: word,
          schema: unsafe.length > 0 ? unsafe.join('; ') : 'ok',
        }
        return { ready: found.redis === 'up' && word === 'up', parts: found }
      },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** The state of both connections in one word: `up` only where both are. */
export function brokerWord({ publish, consume }: BrokerState) {
  return consume === 'up' ? publish : consume
}

/** Share of `maxmemory` in use; 0 where there is no limit. */
async function memory(redis: ReturnType<typeof openRedis>): Promise<number> {
  const info = await redis.info('memory')
  const value = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0)
  const most = value('maxmemory')
  return most === 0 ? 0 : value('used_memory') / most
}
