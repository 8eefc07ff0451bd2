/** Registered models in Redis. */
import type { Redis } from 'ioredis'
import { milliseconds, type Model } from '@carya/contracts'
import type { ModelStore } from '../ports.ts'
import { commit, writeRecord } from './commit.ts'
import { keys } from './keys.ts'
import { stored } from './stored.ts'

const MOST = 1000

export function openModels(redis: Redis): ModelStore {
  async function pinned(ref: string): Promise<Model | undefined> {
    const [name, version] = ref.split('@')
    const [record, usual] = await Promise.all([
      redis.hget(keys.model(ref), 'record'),
      redis.hget(keys.defaults, name!),
    ])
    return record === null ? undefined : { ...stored<Model>(record), default: usual === version }
  }

  return {
    async find(ref) {
      if (ref.includes('@')) return pinned(ref)
      const version = await redis.hget(keys.defaults, ref)
      return version === null ? undefined : pinned(`${ref}@${version}`)
    },
    async all() {
      const refs = await redis.zrevrange(keys.models, 0, MOST - 1)
      const models = await Promise.all(refs.map(pinned))
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
