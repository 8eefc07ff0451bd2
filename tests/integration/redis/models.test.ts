import type { Redis } from 'ioredis'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import type { ModelStore } from '../../../services/dispatcher/src/ports.ts'
import { connect, openRedis } from '../../../services/dispatcher/src/redis/client.ts'
import { keys } from '../../../services/dispatcher/src/redis/keys.ts'
import { openModels } from '../../../services/dispatcher/src/redis/models.ts'
import { freeDatabase } from '../../support/redis-database.ts'
import { model } from '../http/fake-models.ts'

let stack: AsyncDisposableStack
let redis: Redis
let models: ModelStore
/** another dispatcher's, over a connection of its own */
let others: ModelStore

beforeEach(async () => {
  stack = new AsyncDisposableStack()
  const url = await freeDatabase(inject('redisUrl'))
  const open = async () => {
    const client = openRedis(url, 'test')
    stack.defer(() => client.disconnect())
    await connect(client, AbortSignal.timeout(5000))
    return client
  }
  redis = await open()
  models = openModels(redis)
  others = openModels(await open())
})
afterEach(async () => {
  await redis.flushdb()
  await stack.disposeAsync()
})

const version = (number: string, isDefault = true) => ({ ...model('dalec', number), default: isDefault })
const usual = async () => (await models.find('dalec'))?.version

const all = async () => (await Promise.all((await models.refs()).map(models.find))).map((each) => each!)

/** Exactly one version is the default, and its record is what the bare name gives. */
async function isWhole(): Promise<void> {
  const found = await all()
  const defaults = found.filter((each) => each.default)
  expect(defaults).toHaveLength(found.length === 0 ? 0 : 1)
  expect(await models.find('dalec')).toEqual(defaults[0])
}

test('the first of a name is its default whatever it says; a later one only if it says so', async () => {
  expect(await models.put(version('1', false))).toMatchObject({ created: true, model: { default: true } })
  expect(await models.put(version('2', false))).toMatchObject({ created: true, model: { default: false } })
  expect(await usual()).toBe('1')
  await models.put(version('3'))
  expect(await usual()).toBe('3')
  // the default that is registered anew stays it, with what is new of it
  const again = version('3', false)
  again.image = { ...again.image, digest: `sha256:${'b'.repeat(64)}` }
  expect(await models.put(again)).toMatchObject({ created: false, model: { default: true } })
  expect(await models.find('dalec')).toMatchObject({ version: '3', image: again.image })
  await isWhole()
})

test('any version can be made the default, and removed while it is not', async () => {
  for (const number of ['1', '2', '3']) await models.put(version(number))
  expect(await models.makeDefault('dalec@1')).toMatchObject({ version: '1', default: true })
  expect(await usual()).toBe('1')
  expect(await models.makeDefault('dalec@9')).toBeUndefined()
  expect(await models.remove('dalec@9')).toBeUndefined()
  const kept = await models.remove('dalec@1')
  expect(kept && 'others' in kept ? kept.others.toSorted() : kept).toEqual(['dalec@2', 'dalec@3'])
  expect(await models.remove('dalec@3')).toMatchObject({ removed: { version: '3' } })
  expect(await models.find('dalec@3')).toBeUndefined()
  await isWhole()
})

test('with its last version a name is forgotten, and may be given again', async () => {
  await models.put(version('1'))
  // another name that begins alike is another name
  await models.put(model('dalec-long', '1'))
  expect(await models.remove('dalec@1')).toMatchObject({ removed: { version: '1' } })
  expect([await models.find('dalec'), await models.makeDefault('dalec@1')]).toEqual([undefined, undefined])
  expect(await all()).toMatchObject([{ name: 'dalec-long' }])
  expect(await models.put(version('2', false))).toMatchObject({ created: true, model: { default: true } })
  expect(await usual()).toBe('2')
})

test('models registered by an earlier version of Carya are changed like any', async () => {
  const old = version('1')
  const record = JSON.stringify(old)
  await redis.hset(keys.model('dalec@1'), { version: 1, commit: 'c', record })
  await redis.hset(keys.model('dalec'), { record })
  await redis.hset(keys.defaults, 'dalec', '1')
  await redis.zadd(keys.models, 1, 'dalec@1')
  await models.put(version('2', false))
  expect(await usual()).toBe('1')
  expect(await models.makeDefault('dalec@2')).toMatchObject({ version: '2' })
  expect(await models.remove('dalec@1')).toMatchObject({ removed: { version: '1' } })
  await isWhole()
})

test('of two dispatchers that change a name at once none undoes the other, and one default remains', async () => {
  for (let round = 0; round < 20; round += 1) {
    await models.put(version('1'))
    await models.put(version('2', false))
    const [, , made, removed] = await Promise.all([
      models.put(version('3')),
      others.put(version('4', false)),
      models.makeDefault('dalec@2'),
      others.remove('dalec@2'),
    ])
    await isWhole()
    // whichever came first: a default is never removed, and what was removed is no default
    const is = await models.find('dalec@2')
    if (removed && 'removed' in removed) expect(is).toBeUndefined()
    else expect([is?.version, made?.version]).toEqual(['2', '2'])
    const refs = (await all()).map((each) => each.version).toSorted()
    expect(refs).toEqual(is ? ['1', '2', '3', '4'] : ['1', '3', '4'])
    await redis.flushdb()
  }
})
