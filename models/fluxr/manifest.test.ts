import { readFileSync } from 'node:fs'
import { Manifest } from '@carya/contracts'
import { parse } from 'yaml'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
// its example takes a file beside it, which only the command line knows how to bring
const { test: _, ...rest } = parse(read('model.yaml'))
const manifest = Manifest.parse(rest)

test('the parameter file of the manifest has what the script reads', () => {
  const script = new Set(Array.from(read('fluxr.R').matchAll(/\bp\$(\w+)/g), ([, name = '']) => name))
  const lines = (manifest.files?.['fluxr.param']?.template ?? '').trimEnd().split('\n')
  const names = lines.filter((line) => !line.startsWith('#')).map((line) => line.split(/\s+/)[0] ?? '')
  expect(names.toSorted()).toEqual([...script].toSorted())
  const numbers = Object.keys(manifest.parameters).filter((name) => name !== 'site')
  expect(names.toSorted()).toEqual(numbers.toSorted())
})

test('the image carries the licence of the repository', () => {
  expect(read('LICENSE')).toBe(read('../../LICENSE'))
})
