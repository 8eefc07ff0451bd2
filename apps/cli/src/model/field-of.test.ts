import { expect, test } from 'vitest'
import { fieldOf } from './field-of.ts'

test('a field is one that was written, and none that every object has', () => {
  expect(fieldOf({ name: 'growth' }, 'name')).toBe('growth')
  for (const name of ['version', 'constructor', 'toString', '__proto__'])
    expect(fieldOf({ name: 'growth' }, name)).toBeUndefined()
  for (const value of [undefined, null, 'growth', ['growth']])
    expect(fieldOf(value, 'length')).toBeUndefined()
})
