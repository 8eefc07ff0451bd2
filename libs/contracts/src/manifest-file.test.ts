import { expect, test } from 'vitest'
import { ManifestFile } from './manifest-file.ts'
import { schemas } from './documents.ts'

const isRight = (source: string) =>
  ManifestFile.safeParse({
    name: 'm',
    version: '1',
    image: 'm',
    files: { 'in.nml': { source: 'in.tpl' } },
    inputs: { rain: { default: source } },
    test: { inputs: { rain: source }, outputs: { 'out.txt': source } },
  }).success

test.each([
  './rain.csv',
  'rain.csv',
  'data/rain..csv',
  '.hidden',
  'https://data.example/rain.csv',
  'file:///rain.csv',
])('a manifest file may have %s as an input', (source) => {
  expect(isRight(source)).toBe(true)
})

test.each(['/rain.csv', '../rain.csv', 'data/../../rain.csv', '..', 'ftp://data.example/rain.csv', ''])(
  'a manifest file may not have %j as an input',
  (source) => {
    expect(isRight(source)).toBe(false)
  },
)

test('its schema for editors has the fields of a manifest', () => {
  const { ManifestFile: file, Manifest: plain } = schemas()
  expect(Object.keys(Object(file?.['properties'])).toSorted()).toEqual(
    Object.keys(Object(plain?.['properties'])).toSorted(),
  )
})
