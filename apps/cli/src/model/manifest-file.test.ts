import { expect, test } from 'vitest'
import { readManifest } from './manifest-file.ts'

test.each([
  ['version: 1.0', '1.0'],
  ['version: 1', '1'],
  ['version: 1e3', '1e3'],
  ['version: 0x10', '0x10'],
  ['version: "1.0"', '1.0'],
  ['version: 1.0.0', '1.0.0'],
])('%s is %s as it was written', (text, version) => {
  expect(readManifest(text, 'model.yaml').manifest).toEqual({ version })
})

test('says where a field stands, and where a missing one would', () => {
  const { placeOf } = readManifest('name: a\nparameters:\n  x:\n    range: [1, b]\n', 'm')
  expect(placeOf('parameters.x.range.1')).toBe('4:16')
  expect(placeOf('parameters.x.type')).toBe('4:5')
  expect(placeOf('image')).toBe('1:1')
  expect(placeOf('')).toBe('1:1')
})

test.each(['a: [', 'a: 1\na: 2', '\ta: 1'])('%j is told with its place', (text) => {
  expect(() => readManifest(text, 'm.yaml')).toThrow(
    expect.objectContaining({
      code: 2,
      problem: expect.objectContaining({
        errors: expect.arrayContaining([
          expect.objectContaining({ path: expect.stringMatching(/^m\.yaml:\d+:\d+$/) }),
        ]),
      }),
    }),
  )
})

test('an alias of nothing, or too many of them, is refused', () => {
  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x, x]',
    ...'bcdef'.split('').map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcde'[i]}`).join(', ')}]`),
  ]
  for (const text of ['a: *b', bomb.join('\n')])
    expect(() => readManifest(text, 'm.yaml')).toThrow(expect.objectContaining({ code: 2 }))
})

test('an empty file is no manifest, which the service says', () => {
  expect(readManifest('', 'm.yaml').manifest).toBeNull()
})
