import { expect, test } from 'vitest'
import { redisClock } from './client.ts'

/** A Redis whose clock is where the test sets it. */
function setUp() {
  let aheadMs = 0
  const clock = redisClock({
    time: async () => {
      const now = Date.now() + aheadMs
      return [Math.floor(now / 1000), Math.round((now % 1000) * 1000)]
    },
  })
  const steps: number[] = []
  clock.onStep((stepMs) => steps.push(Math.round(stepMs / 1000)))
  const set = async (ms: number) => {
    aheadMs = ms
    await clock.adjust()
  }
  return { clock, steps, set }
}

test('[49] a step of Redis’ clock is told, with the time as it is then, and drift is not', async () => {
  const { clock, steps, set } = setUp()
  // the first reading is no step, however wrong our own clock is
  await set(3_600_000)
  await set(3_600_900)
  expect(steps).toEqual([])
  await set(3_720_900)
  await set(900)
  expect(steps).toEqual([120, -3720])
  expect(Math.abs(clock.now() - Date.now() - 900)).toBeLessThan(500)
})
