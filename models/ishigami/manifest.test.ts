import { readFileSync } from 'node:fs'
import { Manifest } from '@carya/contracts'
import { parse } from 'yaml'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const manifest = Manifest.parse(parse(read('model.yaml')))

test('the manifest names the parameters that the program reads, each from -π to π', () => {
  const variables = Array.from(
    read('src/main.c').matchAll(/read_parameter\("CARYA_PARAM_(\w+)"/g),
    ([, name]) => name!.toLowerCase(),
  )
  expect(Object.keys(manifest.parameters)).toEqual(variables)
  for (const { range } of Object.values(manifest.parameters)) expect(range).toEqual([-Math.PI, Math.PI])
})

test('the image carries the licence of the repository', () => {
  expect(read('LICENSE')).toBe(read('../../LICENSE'))
})

test('what is read of numbers is what DALEC reads', () => {
  for (const file of ['number.c', 'number.h']) expect(read(`src/${file}`)).toBe(read(`../dalec/src/${file}`))
})
