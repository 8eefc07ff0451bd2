import { readFileSync } from 'node:fs'
import { Manifest } from '@carya/contracts'
import { parse } from 'yaml'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const manifest = Manifest.parse(parse(read('model.yaml')))

test('the manifest names the parameters that the program reads, each with a range', () => {
  const fields = Array.from(read('src/params.c').matchAll(/^ {4}FIELD\("(\w+)"/gm), ([, name]) => name)
  expect(Object.keys(manifest.parameters)).toEqual(fields)
  for (const { range } of Object.values(manifest.parameters)) expect(range).toBeDefined()
})

test('the image carries the licence of the repository', () => {
  expect(read('LICENSE')).toBe(read('../../LICENSE'))
})
