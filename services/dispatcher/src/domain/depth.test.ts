import { expect, test } from 'vitest'
import { bufferOf, fits, isFull, less, partOf, together, type Cost } from './depth.ts'

const GIB = 2 ** 30
const room = (disk?: number): Cost => ({ cpus: 4, memory: 8, disk })
const run = (disk?: number): Cost => ({ cpus: 1, memory: 1, disk })

test('disk counts where it is rationed and asked', () => {
  expect(fits(room(5), run(6))).toBe(false)
  expect(fits(room(6), run(6))).toBe(true)
  expect(fits(room(0), run())).toBe(true)
  expect(fits(room(), run(6))).toBe(true)
})

test('a worker without disk left is not full: runs that ask none fit', () => {
  expect(isFull(room(0))).toBe(false)
})

test('what a run takes is gone, and what was not rationed stays so', () => {
  expect(less(room(6), run(2))).toEqual({ cpus: 3, memory: 7, disk: 4 })
  expect(less(room(6), run()).disk).toBe(6)
  expect(less(room(), run(2)).disk).toBeUndefined()
})

test('workers ration disk together only where all of them do', () => {
  expect(together(room(6), room(4)).disk).toBe(10)
  expect(together(room(6), room()).disk).toBeUndefined()
  expect(bufferOf([room(6), room()]).disk).toBeUndefined()
  expect(bufferOf([room(6)]).disk).toBe(GIB)
  expect(bufferOf([room(100 * GIB), room(100 * GIB)]).disk).toBe(4 * GIB)
})

test('the part that is there is the least of all parts', () => {
  expect(partOf(room(1), run(2))).toBe(0.5)
  expect(partOf(room(), run(2))).toBe(4)
  expect(partOf(room(1), run())).toBe(4)
})
