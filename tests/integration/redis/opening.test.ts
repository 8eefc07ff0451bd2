/** What is opened over Redis is closed again, wherever Redis goes away meanwhile. */
import { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openState, type StateParts } from '../../../services/dispatcher/src/redis/state.ts'
import { openTimers } from '../../../services/dispatcher/src/timers/timers.ts'
import { Proxy } from '../../support/proxy.ts'
import { freeDatabase } from '../../support/redis-database.ts'
import { until } from '../../support/until.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
let stack: AsyncDisposableStack
let redis: Redis
let proxy: Proxy

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const url = await freeDatabase(inject('redisUrl'))
  redis = new Redis(url)
  stack.defer(async () => {
    await redis.flushdb()
    redis.disconnect()
  })
  proxy = stack.use(await Proxy.to(url))
})
afterEach(() => stack.disposeAsync())

const parts = (): StateParts => ({
  url: proxy.url,
  send: async () => {},
  isDropped: () => false,
  retentionSeconds: 60,
  log: silent,
  stop: new AbortController().signal,
  silence: () => 0,
})

test('all state ends while Redis is away, as it must before it is opened again', async () => {
  const state = await openState(parts())
  proxy.refuse()
  proxy.cut()
  await until('Redis is missed', () => !state.isUp())
  await state[Symbol.asyncDispose]()
})

test('a server that must not be written to is left without a connection', async () => {
  await redis.set('carya:schema', 99)
  await expect(openState(parts())).rejects.toThrow('use a newer dispatcher')
  await until('nobody is connected', () => proxy.connections === 0)
})

test('timers that cannot be put up leave nobody behind who would heed them', async () => {
  const opening = openTimers({
    url: proxy.url,
    now: Date.now,
    due: async () => {},
    recurring: { sweep: { everyMs: 1000, work: async () => {} } },
    heeded: {
      async now() {
        await until('they are connected', () => proxy.connections > 2)
        throw new Error('Redis is away')
      },
      last: async () => 0,
    },
    lost: async () => {},
    log: silent,
  })
  await expect(opening).rejects.toThrow('Redis is away')
  await until('nobody is connected', () => proxy.connections === 0)
})
