import { readFileSync } from 'node:fs'
import { Manifest } from '@carya/contracts'
import { parse } from 'yaml'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
// its example takes files beside it, which only the command line knows how to bring
const { test: _, ...rest } = parse(read('model.yaml'))
const manifest = Manifest.parse(rest)

test('the manifest names the parameters that the program reads, each with a range', () => {
  const fields = Array.from(read('src/params.c').matchAll(/^ {4}FIELD\("(\w+)"/gm), ([, name]) => name)
  expect(Object.keys(manifest.parameters)).toEqual(fields)
  for (const { range } of Object.values(manifest.parameters)) expect(range).toBeDefined()
})

test('the image carries the licence of the repository', () => {
  expect(read('LICENSE')).toBe(read('../../LICENSE'))
})
