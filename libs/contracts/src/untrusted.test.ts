import { expect, test } from 'vitest'
import { faultsOfJson, isTooDeep } from './untrusted.ts'

/** Lists in lists. */
const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels))

test('JSON is at most 32 levels deep, however deep it is', () => {
  expect([isTooDeep(nested(32)), isTooDeep(nested(33)), isTooDeep(nested(500_000))]).toEqual([
    false,
    true,
    true,
  ])
  expect([isTooDeep(null), isTooDeep('text'), isTooDeep({})]).toEqual([false, false, false])
  expect(faultsOfJson(nested(32))).toEqual([])
  expect(faultsOfJson({ params: { k: nested(500_000) } })).toEqual([
    {
      path: `params.k${'.0'.repeat(30)}`,
      value: 'a large list, of 1',
      detail: 'at most 32 levels of objects and lists',
    },
  ])
})

test('an object or list that has too many parts is named once, and not looked into', () => {
  const params = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, 1]))
  expect(faultsOfJson({ params, labels: {} })).toEqual([
    { path: 'params', value: 'a large object, of 5000 fields', detail: 'at most 4096 fields or items' },
  ])
})

test('text with half a character is named wherever it stands', () => {
  const faults = faultsOfJson({ key: 'a\ud800', labels: { 'b\udc00': 'c', d: '\ud83d\ude00' } })
  expect(faults).toEqual([
    { path: 'key', value: 'a\ufffd', detail: 'text: a surrogate stands alone in it' },
    { path: 'labels.b\ufffd', value: 'c', detail: 'a name that is text: a surrogate stands alone in it' },
  ])
})
