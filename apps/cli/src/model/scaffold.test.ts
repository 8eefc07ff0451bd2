import { Manifest } from '@carya/contracts'
import { expect, test } from 'vitest'
import { readManifest } from './manifest-file.ts'
import { basesOf } from './dockerfile.ts'
import { languages, scaffoldOf } from './scaffold.ts'

test.each(languages)(
  'the scaffold in %s has a manifest without fault, that declares a test',
  async (language) => {
    const files = await scaffoldOf('growth-2', language)
    const { manifest } = readManifest(files.get('model.yaml') ?? '', 'model.yaml')
    const parsed = Manifest.parse(manifest)
    expect(parsed).toMatchObject({ name: 'growth-2', image: 'models/growth-2:0.1.0' })
    expect(Object.keys(parsed.test?.params ?? {})).toEqual(Object.keys(parsed.parameters))
    expect(Object.keys(parsed.test?.metrics ?? {})).toEqual(Object.keys(parsed.metrics))
    // a base that can be made where no registry is in reach
    expect(basesOf(files.get('Dockerfile') ?? '')).toEqual(['debian:trixie-slim'])
    expect(JSON.parse(files.get('model.schema.json') ?? '')).toMatchObject({ type: 'object' })
    // without the schema, which has its own words
    files.delete('model.schema.json')
    expect([...files.values()].join('\n')).not.toMatch(/MODEL_[A-Z]/)
    const copied = /^COPY (model\.\w+) /m.exec(files.get('Dockerfile') ?? '')?.[1]
    expect([...files.keys()]).toContain(copied)
  },
)

test.each(['123', '1e5', '0x1f', 'true', 'null', 'no', '2020-01-01'])(
  'a model may be called %s',
  async (name) => {
    const text = (await scaffoldOf(name, 'c')).get('model.yaml') ?? ''
    expect(Manifest.parse(readManifest(text, 'model.yaml').manifest).name).toBe(name)
  },
)

test('the expected metric is that of the formula', async () => {
  const text = (await scaffoldOf('growth', 'c')).get('model.yaml') ?? ''
  const { test: declared } = Manifest.parse(readManifest(text, 'model.yaml').manifest)
  const { rate, capacity, start, days } = { rate: 0.5, capacity: 100, start: 10, days: 10 }
  expect(declared?.params).toEqual({ rate, capacity, start, days })
  expect(declared?.metrics?.['final']).toBeCloseTo(
    capacity / (1 + (capacity / start - 1) * Math.exp(-rate * days)),
    10,
  )
})
