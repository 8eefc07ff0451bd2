import { describe, expect, test } from 'vitest'
import type { Look } from '../ports.ts'
import type { Event } from './events.ts'
import { isTrusted, type Memory } from './trust.ts'

const found: Look = {
  id: 'c',
  status: 'ended',
  exitCode: 0,
  oomKilled: false,
  error: '',
  cpus: 1,
  memory: 1,
  labels: {},
}
const at = (seconds: number, action: string, id = 'c', signal?: string): Event => ({
  action,
  id,
  timeNano: seconds * 1e9,
  ...(signal === undefined ? {} : { signal }),
})
const counts = (events: Event[], more: Partial<Memory> = {}, look: Partial<Look> = {}) =>
  isTrusted({ ...found, ...look }, { events, mark: undefined, leavesAlone: false, ...more })

describe('an end that nobody heard counts where the engine remembers', () => {
  test('the start of the same container', () => {
    expect(counts([at(0, 'start'), at(1, 'die')])).toBe(true)
    expect(counts([at(0, 'start', 'another'), at(1, 'die')])).toBe(false)
  })

  test('what was last heard before the gap', () => {
    const mark = at(5, 'die', 'another')
    expect(counts([mark, at(6, 'start', 'another')], { mark })).toBe(true)
    expect(counts([at(6, 'start', 'another')], { mark })).toBe(false)
  })

  test('the end itself, and something, whatever it is, of long before', () => {
    expect(counts([at(0, 'exec_die', 'another'), at(60, 'die'), at(61, 'stop')])).toBe(true)
    expect(counts([at(50, 'exec_die', 'another'), at(60, 'die')])).toBe(false)
    // what an engine that was killed does when it starts, and what came long after
    expect(counts([at(0, 'exec_die', 'another'), at(100, 'exec_die', 'another')])).toBe(false)
    expect(counts([at(0, 'die'), at(100, 'exec_die', 'another')])).toBe(false)
  })
})

test('an end counts where the engine leaves its containers alone, even if it remembers nothing', () => {
  expect(counts([], { leavesAlone: true })).toBe(true)
  expect(counts([])).toBe(false)
})

test('no end counts after a signal that is meant to end it', () => {
  const [start, mark] = [at(0, 'start'), at(1, 'start', 'another')]
  const memory: Partial<Memory> = { mark, leavesAlone: true }
  expect(counts([start, mark, at(60, 'kill', 'c', '15'), at(61, 'die')], memory)).toBe(false)
  expect(counts([start, mark, at(60, 'kill', 'c', '10'), at(61, 'die')], memory)).toBe(true)
  expect(counts([start, mark, at(60, 'kill', 'another', '15'), at(61, 'die')], memory)).toBe(true)
})

test('255 never counts', () => {
  expect(counts([at(0, 'start'), at(1, 'die')], { leavesAlone: true }, { exitCode: 255 })).toBe(false)
})
