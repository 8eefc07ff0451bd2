import { expect, test } from 'vitest'
import { Unavailable } from '../api.ts'
import { isAway, redisClock } from './client.ts'

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

test('a Redis that cannot serve now is away, one that does not take the command is not', () => {
  const said = (name: string, message: string) => Object.assign(new Error(message), { name })
  for (const away of [
    new Unavailable('Redis'),
    said('MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 2).'),
    said('AbortError', 'Command aborted due to connection close'),
    said('ReplyError', 'LOADING Redis is loading the dataset in memory'),
    said('ReplyError', "READONLY You can't write against a read only replica."),
    said('ReplyError', "OOM command not allowed when used memory > 'maxmemory'."),
  ])
    expect(isAway(away), away.message).toBe(true)
  for (const ours of [
    said('ReplyError', 'ERR user_script:2: Expected value but found invalid unicode escape code'),
    said('ReplyError', 'WRONGTYPE Operation against a key holding the wrong kind of value'),
    new RangeError('Invalid time value'),
  ])
    expect(isAway(ours), ours.message).toBe(false)
})
