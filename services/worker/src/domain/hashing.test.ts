import { expect, test } from 'vitest'
import { worthHashing } from './hashing.ts'

test('what was declared comes first, then what is small, for as long as it fits', () => {
  const files = [
    { name: 'declared', bytes: 60 },
    { name: 'large', bytes: 50 },
    { name: 'small', bytes: 10 },
    { name: 'smaller', bytes: 5 },
    { name: 'nothing', bytes: 0 },
  ]
  const names = (most: number) =>
    worthHashing(files, (name) => (name === 'declared' ? 0 : 2), most).map(({ name }) => name)
  expect(names(200)).toEqual(['declared', 'nothing', 'smaller', 'small', 'large'])
  expect(names(70)).toEqual(['declared', 'nothing', 'smaller'])
  expect(names(59)).toEqual(['nothing', 'smaller', 'small'])
})
