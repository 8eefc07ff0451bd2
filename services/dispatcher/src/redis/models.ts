/** Registered models in Redis. */
import type { Redis } from 'ioredis'
import { milliseconds, type Model } from '@carya/contracts'
import type { ModelStore } from '../ports.ts'
import { commit, writeRecord } from './commit.ts'
import { keys } from './keys.ts'
import { stored } from './stored.ts'

const MOST = 1000

export function openModels(redis: Redis): ModelStore {
  /** A name without a version has a record too, its default's, so that finding either is one exchange with Redis. */
  async function find(ref: string): Promise<Model | undefined> {
    const [record, usual] = await Promise.all([
      redis.hget(keys.model(ref), 'record'),
      redis.hget(keys.defaults, ref.split('@')[0]!),
    ])
    if (record === null) return undefined
    const model = stored<Model>(record)
    return { ...model, default: usual === model.version }
  }

  return {
    find,
    async all() {
      const refs = await redis.zrevrange(keys.models, 0, MOST - 1)
      const models = await Promise.all(refs.map(find))
      return models.filter((model) => model !== undefined)
    },
    async put(model) {
      const ref = `${model.name}@${model.version}`
      const key = keys.model(ref)
      for (;;) {
        const version = (await redis.hget(key, 'version')) ?? ''
        const result = await commit(redis, {
          guards: [{ key, version }],
          writes: [
            writeRecord(key, Number(version || 0) + 1, model),
            ['HSET', keys.model(model.name), 'record', JSON.stringify(model)],
            ['ZADD', keys.models, milliseconds(model.registeredAt), ref],
            ['HSET', keys.defaults, model.name, model.version],
          ],
          out: [],
        })
        if (result.committed) return { created: version === '' }
      }
    },
  }
}
