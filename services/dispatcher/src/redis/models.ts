/**
 * Registered models in Redis. A name has a record too, its default's, so that finding either is one exchange. Every
 * change of a name's versions, and of which is its default, changes the version of that record, and is guarded by it:
 * of two dispatchers that change one name at once, one reads again and decides again.
 */
import type { Redis } from 'ioredis'
import { milliseconds, type Model } from '@carya/contracts'
import type { ModelStore } from '../ports.ts'
import { commit, COMMIT_ID, writeRecord, type Write } from './commit.ts'
import { keys } from './keys.ts'
import { stored } from './stored.ts'

const MOST = 1000

/** A name as it is registered. */
type Named = {
  name: string
  /** of its record, empty where it has never had one */
  version: string
  /** its default, a version */
  usual: string | null
}

export function openModels(redis: Redis): ModelStore {
  async function find(ref: string): Promise<Model | undefined> {
    const [record, usual] = await Promise.all([
      redis.hget(keys.model(ref), 'record'),
      redis.hget(keys.defaults, nameIn(ref)),
    ])
    if (record === null) return undefined
    const model = stored<Model>(record)
    return { ...model, default: usual === model.version }
  }

  /** Its version is read before anything that a commit is decided by. */
  async function named(name: string): Promise<Named> {
    const [version, usual] = await Promise.all([
      redis.hget(keys.model(name), 'version'),
      redis.hget(keys.defaults, name),
    ])
    return { name, version: version ?? '', usual }
  }

  /** Commits what was decided by a name as it was read; false: it has changed since. */
  async function change(
    { name, version }: Named,
    writes: Write[],
    alsoGuarded: { key: string; version: string }[] = [],
  ) {
    const guards = [{ key: keys.model(name), version }, ...alsoGuarded]
    return (await commit(redis, { guards, writes, out: [] })).committed
  }

  return {
    find,
    refs: () => redis.zrevrange(keys.models, 0, MOST - 1),
    async put(model) {
      const { name, version } = model
      const ref = refOf(model)
      const key = keys.model(ref)
      for (;;) {
        const before = await named(name)
        const known = (await redis.hget(key, 'version')) ?? ''
        const isDefault = model.default || before.usual === null || before.usual === version
        const registered = { ...model, default: isDefault }
        const writes: Write[] = [
          writeRecord(key, Number(known || 0) + 1, registered),
          ['ZADD', keys.models, milliseconds(model.registeredAt), ref],
          ...(isDefault ? asDefault(before, registered) : [touch(before)]),
        ]
        if (await change(before, writes, [{ key, version: known }]))
          return { model: registered, created: known === '' }
      }
    },
    async makeDefault(ref) {
      for (;;) {
        const before = await named(nameIn(ref))
        const model = await find(ref)
        if (!model || model.default) return model
        const usual = { ...model, default: true }
        if (await change(before, asDefault(before, usual))) return usual
      }
    },
    async remove(ref) {
      for (;;) {
        const before = await named(nameIn(ref))
        const [model, refs] = await Promise.all([find(ref), redis.zrevrange(keys.models, 0, -1)])
        if (!model) return undefined
        const others = refs.filter((each) => nameIn(each) === model.name && each !== ref)
        if (model.default && others.length > 0) return { others }
        const writes: Write[] = [
          ['DEL', keys.model(ref)],
          ['ZREM', keys.models, ref],
          touch(before),
          ...(others.length > 0 ? [] : forgetName(model.name)),
        ]
        if (await change(before, writes)) return { removed: model }
      }
    },
  }
}

const nameIn = (ref: string): string => ref.split('@')[0]!
const refOf = ({ name, version }: Model): string => `${name}@${version}`
const next = ({ version }: Named): number => Number(version || 0) + 1

function asDefault(before: Named, model: Model): Write[] {
  return [
    writeRecord(keys.model(before.name), next(before), model),
    ['HSET', keys.defaults, before.name, model.version],
  ]
}

/** Notes at the name that its versions have changed. */
function touch(before: Named): Write {
  return ['HSET', keys.model(before.name), 'version', next(before), 'commit', COMMIT_ID]
}

/** Its count of changes stays, so that one who read the name before cannot take it for what comes later. */
function forgetName(name: string): Write[] {
  return [
    ['HDEL', keys.model(name), 'record'],
    ['HDEL', keys.defaults, name],
  ]
}
