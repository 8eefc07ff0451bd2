import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { fits, freeRoom, hasRoom, lacking } from './room.ts'

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
