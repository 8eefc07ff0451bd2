import { expect, test } from 'vitest'
import { model } from '../domain/sample.fixture.ts'
import type { ModelStore } from '../ports.ts'
import { registerModel } from './register-model.ts'

test('while Redis is nearly full no model is taken, nor its image looked for', async () => {
  let why: string | undefined = 'Redis is 81 % full'
  const done: string[] = []
  const refuse = () => Promise.reject(new Error('not asked here'))
  const put: ModelStore['put'] = async (registered) => {
    done.push('put')
    return { model: registered, created: true }
  }
  const register = registerModel({
    models: { put, find: refuse, refs: refuse, makeDefault: refuse, remove: refuse },
    find: async () => {
      done.push('find')
      return { found: { image: model.image } }
    },
    clock: { now: () => 0, iso: () => model.registeredAt },
    full: () => why,
  })
  const manifest = { name: 'pond', version: '1', image: 'pond:1' }
  const ask = () => register(manifest, { isDefault: true, fresh: false }, new AbortController().signal)
  expect(await ask()).toMatchObject({ rejected: { status: 503, detail: 'Redis is 81 % full' } })
  expect(done).toEqual([])
  why = undefined
  expect(await ask()).toMatchObject({ created: true, model: { name: 'pond' } })
  expect(done).toEqual(['find', 'put'])
})
