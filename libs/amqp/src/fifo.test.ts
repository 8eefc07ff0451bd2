import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fifo } from './fifo.ts'

describe('Fifo', () => {
  test('gives back as an array would', () => {
    const anyStep = fc.oneof(
      fc.record({ push: fc.nat() }),
      fc.record({ unshift: fc.array(fc.nat(), { maxLength: 3 }) }),
      fc.record({ extract: fc.constantFrom(2, 3, 5) }),
      fc.constant({ shift: true }),
    )
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const fifo = new Fifo<number>()
        let model: number[] = []
        for (const step of steps) {
          if ('push' in step) {
            fifo.push(step.push)
            model.push(step.push)
          } else if ('unshift' in step) {
            fifo.unshift(step.unshift)
            model.unshift(...step.unshift)
          } else if ('extract' in step) {
            const matches = (item: number) => item % step.extract === 0
            expect(fifo.extract(matches)).toEqual(model.filter(matches))
            model = model.filter((item) => !matches(item))
          } else {
            expect(fifo.shift()).toBe(model.shift())
          }
          expect(fifo.size).toBe(model.length)
        }
      }),
    )
  })

  test('does not grow slow when it grows long', () => {
    const fifo = new Fifo<number>()
    for (let n = 0; n < 200_000; n += 1) fifo.push(n)
    let disorder = 0
    for (let n = 0; n < 200_000; n += 1) if (fifo.shift() !== n) disorder += 1
    expect(disorder).toBe(0)
  })
})
