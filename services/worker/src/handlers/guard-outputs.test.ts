import { expect, test } from 'vitest'
import type { Measured } from '../ports.ts'
import { guardOutputs } from './guard-outputs.ts'
import { hold } from './held.ts'

function setUp(found: (Measured | undefined)[], disk?: number) {
  const place = { folder: 'runs/r/1-n', path: '', outputs: '', log: '' }
  const held = hold({ run: 'r', attempt: 1, nonce: 'n' }, place, { cpus: 1, memory: 1, disk }, {})
  const timers = new Set<() => void>()
  const guard = guardOutputs({
    outputs: { measure: () => Promise.resolve(found.shift()) },
    clock: {
      after(_seconds, call) {
        timers.add(call)
        return () => timers.delete(call)
      },
    },
    mostOutputs: 100,
  })
  const told: string[] = []
  const stop = guard.watch(held, (why) => told.push(why))
  /** Lets the next look happen; whether there was one. */
  const look = async (): Promise<boolean> => {
    const [call] = timers
    if (!call) return false
    timers.delete(call)
    call()
    await new Promise(setImmediate)
    return true
  }
  return { told, stop, look }
}
const bytes = (n: number): Measured => ({ bytes: n, isWhole: true })

test('who writes more than is allowed is told of once, and not looked at any more', async () => {
  const { told, look } = setUp([bytes(10), undefined, bytes(100), bytes(101)])
  for (let looked = 0; looked < 4; looked += 1) expect(await look()).toBe(true)
  expect(told).toEqual(['wrote 101 B, 100 B is the most on its host'])
  expect(await look()).toBe(false)
})

test('what was asked counts before what the host allows', async () => {
  const { told, look } = setUp([bytes(11)], 10)
  await look()
  expect(told).toEqual(['wrote 11 B, 10 B was asked'])
})

test('who makes more than can be looked at, or hides it, is told of', async () => {
  for (const odd of [{ crowd: 1e6 }, { hidden: 'a' }]) {
    const { told, look } = setUp([{ bytes: 0, isWhole: false, ...odd }])
    await look()
    expect(told).toEqual([expect.stringContaining('what it writes has a limit')])
  }
})

test('one that has ended is not told of, whatever was being looked at', async () => {
  const { told, look, stop } = setUp([bytes(1000)])
  const looked = look()
  stop()
  await looked
  expect(told).toEqual([])
  expect(await look()).toBe(false)
})
