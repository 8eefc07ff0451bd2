import type { Model } from '@carya/contracts'
import { expect, test } from 'vitest'
import type { Client } from '../client/client.ts'
import type { ManifestSource } from './manifest-source.ts'
import { isTheSame } from './same-model.ts'

const image = { name: 'lab/growth:1', digest: `sha256:${'a'.repeat(64)}`, by: 'repo' as const }
const manifest = { name: 'growth', version: '1', image: image.name }
const kept = { ...manifest, parameters: {}, inputs: {}, outputs: {}, metrics: {}, resources: {} }
const registeredAt = '2030-01-01T00:00:00Z'
const model: Model = {
  v: 1,
  name: 'growth',
  version: '1',
  default: true,
  image,
  manifest: kept,
  registeredAt,
}

const refuse = () => Promise.reject(new Error('the service is not asked'))
const client: Client = {
  context: { api: new URL('http://127.0.0.1:1'), token: '', source: 'a test' },
  json: refuse,
  find: refuse,
  stream: refuse,
}
const source = (more: object = {}, digest = image.digest): ManifestSource => ({
  manifest: { ...manifest, ...more },
  named: 'model.yaml',
  placeOf: () => '1:1',
  placeAt: () => ({ line: 1, column: 1 }),
  found: { image: { ...image, digest } },
  fresh: true,
})

test('a model is the same if its manifest is and its image', async () => {
  expect(await isTheSame(client, model, source(), true)).toBe(true)
  expect(await isTheSame(client, model, source({ resources: { cpus: 2 } }), true)).toBe(false)
  expect(await isTheSame(client, model, source({}, `sha256:${'b'.repeat(64)}`), true)).toBe(false)
})

test('one whose manifest is no longer understood is not the same', async () => {
  const old: Model = JSON.parse(JSON.stringify({ ...model, manifest: { ...kept, gone: 'a field of old' } }))
  expect(await isTheSame(client, old, source(), true)).toBe(false)
})
