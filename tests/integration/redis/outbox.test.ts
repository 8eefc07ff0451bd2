import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Redis } from 'ioredis'
import type { Lane, OutMessage } from '../../../services/dispatcher/src/domain/messages.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { commit, type OutEntry } from '../../../services/dispatcher/src/redis/commit.ts'
import { keys } from '../../../services/dispatcher/src/redis/keys.ts'
import { openOutbox, type IsDropped } from '../../../services/dispatcher/src/redis/outbox.ts'
import { freeDatabase } from '../../support/redis-database.ts'
import { until } from '../../support/until.ts'

let redis: Redis
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const message = (lane: Lane, body: unknown = {}): OutMessage => ({
  lane,
  exchange: 'x',
  routingKey: 'k',
  type: 't',
  body,
  mandatory: true,
})
const left = async (lane: string) => redis.xlen(keys.outbox(lane))
const owe = async (...out: OutMessage[]): Promise<OutEntry[]> => {
  const guards = [{ key: `r${Math.random()}`, version: '' }]
  const result = await commit(redis, { guards, writes: [], out })
  return result.committed ? result.entries : []
}
const owed = (...lanes: Lane[]) => owe(...lanes.map((lane) => message(lane)))
const open = (send: (of: OutMessage, seq: number) => Promise<void>, isDropped: IsDropped = () => false) =>
  openOutbox(redis, send, isDropped, silent)

beforeAll(async () => {
  redis = openRedis(await freeDatabase(inject('redisUrl')), 'test')
  await connect(redis, AbortSignal.timeout(5000))
})
beforeEach(() => redis.flushdb())
afterAll(async () => {
  await redis.flushdb()
  redis.disconnect()
})

describe('the outbox', () => {
  test('publishes what was committed, with its sequence number, and forgets it after the confirm', async () => {
    const sent: number[] = []
    await using outbox = open(async (_of, seq) => void sent.push(seq))
    outbox.send(await owed('jobs', 'world'))
    await expect.poll(async () => (await left('jobs')) + (await left('world'))).toBe(0)
    expect(sent).toEqual([1, 1])
  })

  test('keeps a job that nobody takes yet, and drops an event that nobody takes', async () => {
    const broken = async () => {
      throw new Error('returned')
    }
    await using outbox = open(broken, () => true)
    outbox.send(await owed('jobs', 'world'))
    await expect.poll(() => left('world')).toBe(0)
    expect(await left('jobs')).toBe(1)
  })

  test('counts how often a reply was not taken, until it is dropped', async () => {
    const counted: number[] = []
    const nacked = async () => {
      throw new Error('nacked')
    }
    await using outbox = open(nacked, (_err, _of, tries) => {
      counted.push(tries)
      return tries === 3
    })
    await owed('world')
    for (const tries of [1, 2, 3]) {
      await outbox.relay()
      await until('it was not taken', () => counted.length === tries)
    }
    await expect.poll(() => left('world')).toBe(0)
    expect(counted).toEqual([1, 2, 3])
  })

  test('never publishes an entry twice at the same time', async () => {
    let sending = 0
    await using outbox = open(async () => {
      sending += 1
      await away.promise
    })
    await using away = gate()
    outbox.send(await owed('jobs'))
    await outbox.relay()
    away.open()
    await expect.poll(() => left('jobs')).toBe(0)
    expect(sending).toBe(1)
  })
})

describe('the relay', () => {
  test('takes over what a process that died has left', async () => {
    await owed('jobs', 'records')
    const sent: string[] = []
    await using outbox = open(async (of) => void sent.push(of.lane))
    await outbox.relay()
    await expect.poll(() => sent.toSorted()).toEqual(['jobs', 'records'])
    await expect.poll(() => left('jobs')).toBe(0)
  })

  test('leaves what has only come to its committer, for a round, wherever the clock has been set', async () => {
    const sent: unknown[] = []
    await using outbox = open(async (of) => void sent.push(of.body))
    await outbox.relay()
    // as it was written before the clock was set back by an hour: an id that time has not come to
    const text = JSON.stringify(message('jobs', 'ahead'))
    await redis.xadd(keys.outbox('jobs'), `${Date.now() + 3_600_000}-0`, 'seq', 7, 'message', text)
    await owe(message('jobs', 'behind'))
    await outbox.relay()
    expect(sent).toEqual([])
    await outbox.relay()
    await expect.poll(() => sent).toEqual(['ahead', 'behind'])
  })

  test('of one lane waits for no other: what the broker does not take holds up no record', async () => {
    await owed('jobs', 'world', 'records')
    await using outbox = open((of) => (of.lane === 'records' ? Promise.resolve() : away.promise))
    await using away = gate()
    await outbox.relay()
    await expect.poll(() => left('records')).toBe(0)
    expect(await left('jobs')).toBe(1)
  })

  test('comes to what stands behind hundreds that nobody takes', async () => {
    for (let i = 0; i < 12; i += 1) await owe(...Array.from({ length: 50 }, () => message('jobs', 'stuck')))
    await owe(message('jobs', 'last'))
    const sent: unknown[] = []
    await using outbox = open(async (of) => {
      if (of.body === 'stuck') throw new Error('returned')
      sent.push(of.body)
    })
    await outbox.relay()
    await expect.poll(() => sent).toEqual(['last'])
  })

  test('has no more in hand than a bound while nothing is taken, and all of it goes in the end', async () => {
    const large = message('world', 'x'.repeat(2 ** 20))
    let isAway = true
    let sending = 0
    let most = 0
    await using outbox = open(async () => {
      sending += 1
      most = Math.max(most, sending)
      if (isAway) await away.promise
      sending -= 1
    })
    await using away = gate()
    // what its own commits leave, and what was left before
    for (let i = 0; i < 40; i += 1) outbox.send(await owe(large))
    for (let i = 0; i < 10; i += 1) await owe(large)
    await Promise.all([outbox.relay(), outbox.relay()])
    await outbox.relay()
    expect(most).toBeLessThanOrEqual(32)
    isAway = false
    away.open()
    await until('all of it has gone', async () => {
      await outbox.relay()
      return (await left('world')) === 0
    })
    expect(most).toBeLessThanOrEqual(32)
  })
})

/** Shut until it is opened, or the test ends. */
function gate(): AsyncDisposable & { promise: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { promise, open: resolve, [Symbol.asyncDispose]: async () => resolve() }
}
