import { readFileSync } from 'node:fs'
import { Manifest } from '@carya/contracts'
import { parse } from 'yaml'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const manifest = Manifest.parse(parse(read('model.yaml')))

test('the namelists of the manifest set what the program reads, but for the steps a day', () => {
  const program = Array.from(
    read('src/main.f90').matchAll(/^ *namelist \/(\w+)\/ (.*)$/gm),
    ([, group, names = '']) => ({
      group,
      names: names.split(', ').filter((name) => name !== 'steps_per_day'),
    }),
  )
  const template = manifest.files?.['community.nml']?.template ?? ''
  const rendered = Array.from(template.matchAll(/&(\w+)\n([^/]*)\n\//g), ([, group, lines = '']) => ({
    group,
    names: lines.split('\n').map((line) => line.split('=')[0]?.trim() ?? ''),
  }))
  expect(rendered).toEqual(program)
  const names = rendered.flatMap((each) => each.names)
  expect(names.toSorted()).toEqual(Object.keys(manifest.parameters).toSorted())
})

test('the image carries the licence of the repository', () => {
  expect(read('LICENSE')).toBe(read('../../LICENSE'))
})
