import { readFileSync } from 'node:fs'
import { Manifest } from '@carya/contracts'
import { parse } from 'yaml'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const versions = ['1.0.0', '2.0.0']
const manifests = versions.map((version) => Manifest.parse(parse(read(`${version}/model.yaml`))))

test('both versions are the same model: parameters, outputs, metrics, and what comes of the example', () => {
  const [one, two] = manifests.map(({ test: example, ...rest }) => {
    const { numpy_major: library, ...metrics } = example?.metrics ?? {}
    return { ...rest, library, metrics: { ...rest.metrics }, example: metrics }
  })
  expect([one?.library, two?.library]).toEqual([1, 2])
  const own = { version: '', description: '', image: '', library: 0 }
  expect({ ...one, ...own }).toEqual({ ...two, ...own })
})

test.each(versions)('%s names the parameters that its program reads', (version) => {
  const names = Array.from(read(`${version}/icbm.py`).matchAll(/\bp\["(\w+)"\]/g), ([, name = '']) => name)
  expect([...new Set(names)].toSorted()).toEqual(Object.keys(manifests[0]!.parameters).toSorted())
  expect(read(`${version}/LICENSE`)).toBe(read('../../LICENSE'))
})
