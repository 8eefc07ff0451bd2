/** Tests that end in every way there is, for the test of what is said of them. */
import { beforeAll, describe, expect, test } from 'vitest'

test('holds', () => {})

describe('of two', () => {
  test.each([1, 2])('%i is one', (number) => expect(number, 'not one\nbut another').toBe(1))
})

test('needs what is not there', ({ skip }) => skip(true, 'only on the moon'))

test.skip('is left out', () => {})

describe('whose hook throws', () => {
  beforeAll(() => {
    throw new Error('no server')
  })
  test('never begins', () => {})
})

test('lets something fall', () => {
  setTimeout(() => {
    throw new Error('fallen')
  })
  return new Promise((resolve) => void setTimeout(resolve, 50))
})
