import { expect, test } from 'vitest'
import { draw, philox, purposes, uniform } from './philox.ts'

const hex = (words: Readonly<Uint32Array>) =>
  [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ')
const ones = 0xffffffff

test('gives the known answers of Random123', () => {
  expect(hex(philox(0, 0, 0, 0, 0, 0))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8')
  expect(hex(philox(ones, ones, ones, ones, ones, ones))).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd')
  expect(hex(philox(0xa4093822, 0x299f31d0, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344))).toBe(
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  )
})

test('every part of a stream’s name matters', () => {
  const drawn = [
    hex(draw(7, 1, 'random', 3)),
    hex(draw(8, 1, 'random', 3)),
    hex(draw(7, 2, 'random', 3)),
    hex(draw(7, 1, 'jitter', 3)),
    hex(draw(7, 1, 'random', 4)),
    hex(draw(7, 1, 'random', 3, 1)),
  ]
  expect(new Set(drawn).size).toBe(drawn.length)
  expect(new Set(Object.values(purposes)).size).toBe(Object.keys(purposes).length)
})

test('a uniform number has 52 bits and half a step', () => {
  for (let index = 0; index < 1000; index += 1) {
    const steps = uniform(1, 0, 'random', index) * 2 ** 52
    expect(steps - Math.floor(steps)).toBe(0.5)
  }
})
