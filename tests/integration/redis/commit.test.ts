import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Redis } from 'ioredis'
import type { OutMessage } from '../../../services/dispatcher/src/domain/messages.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { commit, writeRecord, type OutEntry } from '../../../services/dispatcher/src/redis/commit.ts'
import { keys } from '../../../services/dispatcher/src/redis/keys.ts'
import { openOutbox } from '../../../services/dispatcher/src/redis/outbox.ts'
import { freeDatabase } from '../../support/redis-database.ts'

let redis: Redis
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const message = (lane: OutMessage['lane'], body: unknown = {}): OutMessage => ({
  lane,
  exchange: 'x',
  routingKey: 'k',
  type: 't',
  body,
  mandatory: true,
})
const left = async (lane: string) => redis.xlen(keys.outbox(lane))

beforeAll(async () => {
  redis = openRedis(await freeDatabase(inject('redisUrl')), 'test')
  await connect(redis, AbortSignal.timeout(5000))
})
beforeEach(() => redis.flushdb())
afterAll(async () => {
  await redis.flushdb()
  redis.disconnect()
})

describe('a commit', () => {
  const create = { guards: [{ key: 'a', version: '' }], writes: [writeRecord('a', 1, { n: 1 })], out: [] }

  test('writes everything or nothing, and counts in one sequence', async () => {
    const first = await commit(redis, { ...create, out: [message('jobs', { of: 'a' })] })
    expect(first).toMatchObject({ committed: true, entries: [{ seq: 1, message: { body: { of: 'a' } } }] })
    const second = await commit(redis, {
      guards: [
        { key: 'b', version: '' },
        { key: 'a', version: '7' },
      ],
      writes: [writeRecord('b', 1, {}), writeRecord('a', 8, { n: 8 })],
      out: [message('jobs')],
    })
    expect(second).toEqual({ committed: false, conflict: 'a' })
    expect(await redis.exists('b')).toBe(0)
    expect(await redis.hmget('a', 'version', 'record')).toEqual(['1', '{"n":1}'])
    expect([await left('jobs'), await redis.get(keys.seq)]).toEqual([1, '1'])
  })

  test('of two at once one is made, and the other knows', async () => {
    await commit(redis, create)
    const change = (n: number) =>
      commit(redis, { guards: [{ key: 'a', version: '1' }], writes: [writeRecord('a', 2, { n })], out: [] })
    const both = await Promise.all([change(2), change(3)])
    expect(both.filter((each) => each.committed)).toHaveLength(1)
  })

  test('that is sent again because its answer was lost succeeds once', async () => {
    const plan = JSON.stringify({
      guards: [['a', '']],
      writes: [
        ['HSET', 'a', 'version', '1', 'commit', 'id-1', 'record', '{}'],
        ['INCR', 'count'],
      ],
      lanes: [keys.outbox('jobs')],
    })
    const send = (id: string) => redis.caryaCommit(keys.seq, id, plan, '{}')
    expect((await send('id-1'))[0]).toBe('done')
    expect((await send('id-1'))[0]).toBe('again')
    expect((await send('id-2'))[0]).toBe('conflict')
    expect([await redis.get('count'), await left('jobs')]).toEqual(['1', 1])
  })
})

describe('the outbox', () => {
  const owed = async (...lanes: OutMessage['lane'][]): Promise<OutEntry[]> => {
    const result = await commit(redis, {
      guards: [{ key: `r${Math.random()}`, version: '' }],
      writes: [],
      out: lanes.map((lane) => message(lane)),
    })
    return result.committed ? result.entries : []
  }
  const open = (send: (of: OutMessage, seq: number) => Promise<void>, isUndeliverable = () => false) =>
    openOutbox(redis, send, isUndeliverable, silent, () => Date.now() + 1000)

  test('publishes what was committed, with its sequence number, and forgets it after the confirm', async () => {
    const sent: number[] = []
    await using outbox = open(async (_of, seq) => void sent.push(seq))
    outbox.send(await owed('jobs', 'world'))
    await expect.poll(async () => (await left('jobs')) + (await left('world'))).toBe(0)
    expect(sent).toEqual([1, 1])
  })

  test('takes over what a process that died has left', async () => {
    await owed('jobs', 'records')
    const sent: string[] = []
    await using outbox = open(async (of) => void sent.push(of.lane))
    expect(await outbox.relay(0)).toBe(2)
    expect(sent.toSorted()).toEqual(['jobs', 'records'])
    await expect.poll(() => left('jobs')).toBe(0)
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

  test('never publishes an entry twice at the same time', async () => {
    let sending = 0
    const gate = Promise.withResolvers<void>()
    await using outbox = open(async () => {
      sending += 1
      await gate.promise
    })
    outbox.send(await owed('jobs'))
    const relayed = outbox.relay(0)
    gate.resolve()
    await relayed
    expect(sending).toBe(1)
  })
})
