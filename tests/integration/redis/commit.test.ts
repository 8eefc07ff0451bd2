import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Redis } from 'ioredis'
import type { OutMessage } from '../../../services/dispatcher/src/domain/messages.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { commit, writeRecord } from '../../../services/dispatcher/src/redis/commit.ts'
import { keys } from '../../../services/dispatcher/src/redis/keys.ts'
import { freeDatabase } from '../../support/redis-database.ts'

let redis: Redis
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
