import { describe, expect, test } from 'vitest'
import { judge, type EndFacts, type Exit } from './ending.ts'

const exit = (exitCode: number, more: Partial<Exit> = {}): Exit => ({
  exitCode,
  oomKilled: false,
  trusted: true,
  ...more,
})
const end = (facts: Partial<EndFacts>) =>
  judge({ ending: { cause: 'exited' }, exit: exit(0), signalled: false, timeout: 60, ...facts })
const kind = (facts: Partial<EndFacts>) => end(facts).failure?.kind ?? end(facts).outcome

describe('a model that ended by itself', () => {
  test.each([
    [exit(0), 'succeeded'],
    [exit(3), 'model_error'],
    [exit(127), 'model_error'],
    [exit(153), 'output_error'],
    [exit(137), 'engine_error'],
    [exit(137, { oomKilled: true }), 'out_of_memory'],
    [exit(3, { oomKilled: true }), 'out_of_memory'],
    [exit(0, { oomKilled: true }), 'succeeded'],
    [exit(0, { trusted: false }), 'engine_error'],
    [exit(143, { trusted: false }), 'engine_error'],
  ])('%j is %s', (how, what) => {
    expect(kind({ exit: how })).toBe(what)
  })

  test('and lost a child to the memory limit has succeeded, and it is said', () => {
    expect(end({ exit: exit(0, { oomKilled: true }) })).toEqual({ outcome: 'succeeded', oomSeen: true })
  })

  test('before our signal reached it keeps its result', () => {
    expect(kind({ ending: { cause: 'stopped', reason: 'cancelled' }, exit: exit(0) })).toBe('succeeded')
    expect(kind({ ending: { cause: 'timeout' }, exit: exit(3) })).toBe('model_error')
  })
})

test('a signal of ours decides, whatever the code and whether or not the engine was there', () => {
  const signalled = true
  for (const each of [exit(0), exit(137), exit(143, { trusted: false })]) {
    expect(kind({ ending: { cause: 'stopped', reason: 'cancelled' }, signalled, exit: each })).toBe('stopped')
    expect(kind({ ending: { cause: 'timeout' }, signalled, exit: each })).toBe('timeout')
    const ending = { cause: 'overfilled', detail: 'wrote 2 GiB' } as const
    expect(end({ ending, signalled, exit: each })).toEqual({
      outcome: 'failed',
      failure: { kind: 'output_error', detail: 'wrote 2 GiB' },
    })
  }
})

test('a container that somebody removed is a fault of the host', () => {
  expect(kind({ exit: undefined })).toBe('engine_error')
})

test('what failed before the model ran is told as it was', () => {
  const failure = { kind: 'input_unavailable', detail: 'gone' } as const
  expect(end({ ending: { cause: 'failed', failure }, exit: undefined })).toEqual({
    outcome: 'failed',
    failure,
  })
})
