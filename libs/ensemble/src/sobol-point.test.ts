import { expect, test } from 'vitest'
import { directions, MOST_DIMENSIONS } from './joe-kuo.ts'
import { scrambledPoint, scrambleSeed, sobolBits } from './sobol-point.ts'

test('the first points are those of Joe and Kuo', () => {
  const points = Array.from({ length: 8 }, (_, index) =>
    [0, 1, 2, 3].map((dimension) => sobolBits(index, dimension) / 2 ** 32),
  )
  expect(points).toEqual([
    [0, 0, 0, 0],
    [0.5, 0.5, 0.5, 0.5],
    [0.75, 0.25, 0.25, 0.25],
    [0.25, 0.75, 0.75, 0.75],
    [0.375, 0.375, 0.625, 0.875],
    [0.875, 0.875, 0.125, 0.375],
    [0.625, 0.125, 0.875, 0.625],
    [0.125, 0.625, 0.375, 0.125],
  ])
})

test('far points of high dimensions are those of scipy', () => {
  expect([10, 80, 160].map((dimension) => sobolBits(1_048_575, dimension))).toEqual([
    3254300672, 839667712, 3480211456,
  ])
  expect([10, 80, 160].map((dimension) => sobolBits(99_999_999, dimension))).toEqual([
    3290872224, 3911728544, 1992815648,
  ])
})

test('there are 161 dimensions, each of 32 bits', () => {
  expect([MOST_DIMENSIONS, directions.length]).toEqual([161, 161])
  expect(directions.every((v) => v.length === 32 && v[0] === 2 ** 31)).toBe(true)
})

test('scrambled points keep one in each stratum, in every dimension', () => {
  for (const dimension of [0, 1, 7, 160]) {
    const seed = scrambleSeed(3, dimension)
    const strata = Array.from({ length: 256 }, (_, index) =>
      Math.floor(scrambledPoint(index, dimension, seed) * 256),
    )
    expect(new Set(strata).size).toBe(256)
  }
})

test('pairs of dimensions are balanced as a (0, 2)-sequence is', () => {
  const [one, other] = [scrambleSeed(5, 0), scrambleSeed(5, 1)]
  const cells = Array.from({ length: 256 }, (_, index) => {
    const column = Math.floor(scrambledPoint(index, 0, one) * 16)
    return column * 16 + Math.floor(scrambledPoint(index, 1, other) * 16)
  })
  expect(new Set(cells).size).toBe(256)
})

test('no coordinate is 0 or 1', () => {
  // without scrambling the first point is 0
  expect(scrambledPoint(0, 0, 0)).toBe(2 ** -33)
  for (let seed = 0; seed < 1000; seed += 1) {
    const value = scrambledPoint(seed, 0, scrambleSeed(seed, 0))
    expect(value > 0 && value < 1).toBe(true)
  }
})
