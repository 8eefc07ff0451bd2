import { placedNames, type Placing } from '@carya/contracts'
import { expect, test } from 'vitest'
import { inputPlace, isUnpacked, misplaced } from './places.ts'

const URL = { url: 'https://x.org/a' }
function placing(files: string[], inputs: Record<string, string | undefined>, workdir?: string): Placing {
  const places = Object.entries(inputs).map(
    ([name, path]) => [name, path === undefined ? {} : { path }] as const,
  )
  return {
    files: files.map((path) => ({ path, content: '' })),
    inputs: Object.fromEntries(Object.keys(inputs).map((name) => [name, URL])),
    setup: { inputs: Object.fromEntries(places), ...(workdir === undefined ? {} : { workdir }) },
  }
}

test('an input stands in its own folder, where the model wants it, or in the working folder', () => {
  const job = placing([], { a: undefined, b: '/opt/model/b', c: 'sub/c' })
  expect(['a', 'b', 'c'].map((name) => inputPlace(job, name))).toEqual([
    '/carya/inputs/a',
    '/opt/model/b',
    '/carya/outputs/sub/c',
  ])
  expect(inputPlace(placing([], { c: 'c' }, '/opt/model'), 'c')).toBe('/opt/model/c')
  expect(isUnpacked(job, 'a')).toBe(false)
})

test('what stands among the outputs is named', () => {
  expect(placedNames(placing(['in.nml', '/opt/x'], { a: undefined, b: 'data/b' }))).toEqual([
    'in.nml',
    'data/b',
  ])
  expect(placedNames(placing(['in.nml'], {}, '/opt/model'))).toEqual([])
})

test.each([
  [['a', 'a'], {}],
  [['a', 'a/b'], {}],
  [['/x/y'], { i: '/x' }],
  [['/x'], { i: '/x' }],
  [['../a'], {}],
  [['/carya/params.json'], {}],
  [['/proc/version'], {}],
  [['/a//b'], {}],
  [['/tmp'], {}],
  [['a:b'], {}],
  [['ä'.repeat(128)], {}],
  [['/etc/hosts'], {}],
  [['/etc/hosts/a'], {}],
  [[], { i: '/usr/sbin' }],
])('files %j and inputs %j cannot be placed', (files, inputs: Record<string, string>) => {
  expect(misplaced(placing(files, inputs))).toMatch(/plac/)
})

test.each([
  [{ workdir: `/${'ä'.repeat(128)}` }],
  [{ isolation: { writable: ['/a:b'] } }],
  [{ isolation: { writable: ['/sbin'] } }],
])('no container is made of %j', (setup) => {
  expect(misplaced({ ...placing([], {}), setup })).toMatch(/^nothing can be placed at/)
})

test('names that begin alike do not clash', () => {
  expect(
    misplaced(
      placing(['a', 'a.b', 'a-b', 'ab/c', '/etc/hosts.d/a', '/etc/model'], { i: undefined, j: '/opt/a' }),
    ),
  ).toBeUndefined()
})
