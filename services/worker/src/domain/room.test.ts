import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fits, freeRoom, hasGrown, hasRoom, lacking } from './room.ts'

const GIB = 2 ** 30
const room = fc.record({
  cpus: fc.integer({ min: 1, max: 800 }).map((n) => n / 100),
  memory: fc.nat(16 * GIB),
})

test('tenths of CPUs add up', () => {
  const tenth = { cpus: 0.1, memory: 1 }
  const size = { cpus: 1, memory: GIB }
  expect(
    fits(
      freeRoom(
        size,
        Array.from({ length: 9 }, () => tenth),
      ),
      tenth,
    ),
  ).toBe(true)
  expect(
    hasRoom(
      freeRoom(
        size,
        Array.from({ length: 10 }, () => tenth),
      ),
    ),
  ).toBe(false)
})

test('whoever takes only what fits never holds more than there is, and what ends is free again', () => {
  fc.assert(
    fc.property(room, fc.array(room), (size, asked) => {
      const held: { cpus: number; memory: number }[] = []
      for (const each of asked) if (fits(freeRoom(size, held), each)) held.push(each)
      expect(held.reduce((sum, each) => sum + each.cpus, 0)).toBeLessThanOrEqual(size.cpus + 1e-4)
      expect(held.reduce((sum, each) => sum + each.memory, 0)).toBeLessThanOrEqual(size.memory)
      expect(freeRoom(size, [])).toEqual({ cpus: expect.closeTo(size.cpus, 5), memory: size.memory })
    }),
  )
})

test('what is lacking is said', () => {
  expect(lacking({ cpus: 1, memory: 5 }, { cpus: 2, memory: 5 })).toBe('2 CPUs asked, 1 free')
  expect(lacking({ cpus: 1, memory: 5 }, { cpus: 1, memory: 6 })).toBe('6 bytes of memory asked, 5 free')
})

test('disk is rationed where the worker offers so much, and asked by those that ask some', () => {
  const size = { cpus: 4, memory: GIB, disk: 10 }
  const asks = { cpus: 1, memory: 1, disk: 6 }
  const free = freeRoom(size, [asks, { cpus: 1, memory: 1 }])
  expect(free).toEqual({ cpus: 2, memory: GIB - 2, disk: 4 })
  expect(fits(free, asks)).toBe(false)
  expect(lacking(free, asks)).toBe('6 B of disk asked, 4 B free')
  expect(fits(free, { cpus: 1, memory: 1 })).toBe(true)
  expect(hasRoom(freeRoom(size, [asks, asks]))).toBe(true)
  const other = freeRoom({ cpus: 4, memory: GIB }, [asks])
  expect(fits(other, asks)).toBe(true)
  expect(hasGrown(free, { ...free, disk: 3 })).toBe(true)
  expect(hasGrown(free, free)).toBe(false)
  expect(hasGrown(other, other)).toBe(false)
})
