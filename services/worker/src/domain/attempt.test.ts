import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { claimed, phaseOf, step, type AttemptEvent, type AttemptState, type Effect } from './attempt.ts'

const failure = { kind: 'engine_error', detail: 'no' } as const

function run(...events: AttemptEvent[]): { state: AttemptState; effects: Effect[] } {
  let state = claimed
  const effects: Effect[] = []
  for (const event of events) {
    const next = step(state, event)
    state = next.state
    effects.push(...next.effects)
  }
  return { state, effects }
}

describe('an attempt', () => {
  test('is started when it is both prepared and granted, whichever comes first', () => {
    expect(run({ type: 'granted' }, { type: 'prepared' }).effects).toEqual(['start'])
    expect(run({ type: 'prepared' }, { type: 'granted' }).effects).toEqual(['start'])
    expect(run({ type: 'prepared' }, { type: 'granted' }, { type: 'granted' }).effects).toEqual(['start'])
  })

  test('that is refused is removed as soon as there is something to remove, and never reported', () => {
    expect(run({ type: 'let go' }).effects).toEqual([])
    expect(run({ type: 'let go' }, { type: 'prepared' }).effects).toEqual(['remove'])
    expect(run({ type: 'let go' }, { type: 'failed', failure }).effects).toEqual(['remove'])
    expect(run({ type: 'prepared' }, { type: 'let go' }, { type: 'granted' }).effects).toEqual(['remove'])
  })

  test('that cannot be prepared is reported only to who owns it', () => {
    expect(run({ type: 'failed', failure }).effects).toEqual([])
    expect(run({ type: 'failed', failure }, { type: 'granted' }).effects).toEqual(['report'])
  })

  test('is told to end, ends, is reported, and is removed when it is settled', () => {
    const { state, effects } = run(
      { type: 'prepared' },
      { type: 'granted' },
      { type: 'started' },
      { type: 'stop', reason: 'cancelled' },
      { type: 'timed out' },
      { type: 'exited' },
      { type: 'let go' },
    )
    expect(effects).toEqual(['start', 'terminate', 'report', 'remove'])
    expect(state.ending).toEqual({ cause: 'stopped', reason: 'cancelled' })
  })

  test('that an earlier process had ended keeps that as its cause', () => {
    const ending = { cause: 'stopped', reason: 'cancelled' } as const
    expect(run({ type: 'timed out' }, { type: 'exited', ending }).state.ending).toEqual(ending)
  })

  test('that wrote more than it may is killed at once, whatever comes later; before it runs nothing is', () => {
    const full: AttemptEvent = { type: 'overfilled', detail: 'wrote 2 GiB, 1 GiB was asked' }
    expect(run(full).state.ending).toBeUndefined()
    const events: AttemptEvent[] = [{ type: 'prepared' }, { type: 'granted' }, { type: 'started' }]
    const { state, effects } = run(...events, full, { type: 'stop', reason: 'cancelled' }, { type: 'exited' })
    expect(effects).toEqual(['start', 'kill', 'report'])
    expect(state.ending).toEqual({ cause: 'overfilled', detail: full.detail })
  })

  test('that is let go while it runs is killed at once', () => {
    const events: AttemptEvent[] = [{ type: 'prepared' }, { type: 'granted' }, { type: 'started' }]
    expect(run(...events, { type: 'let go' }, { type: 'exited' }).effects).toEqual([
      'start',
      'kill',
      'remove',
    ])
  })

  test('that is stopped while it is being started is ended when it runs', () => {
    const { effects } = run(
      { type: 'prepared' },
      { type: 'granted' },
      { type: 'stop', reason: 'cancelled' },
      { type: 'started' },
      { type: 'exited' },
    )
    expect(effects).toEqual(['start', 'terminate', 'report'])
  })

  test('that is stopped before it was started never is', () => {
    const { state, effects } = run(
      { type: 'stop', reason: 'cancelled' },
      { type: 'prepared' },
      { type: 'granted' },
    )
    expect(effects).toEqual(['report'])
    expect(phaseOf(state)).toBe('finished')
  })
})

const event = fc.constantFrom<AttemptEvent>(
  { type: 'granted' },
  { type: 'let go' },
  { type: 'stop', reason: 'x' },
  { type: 'prepared' },
  { type: 'failed', failure },
  { type: 'started' },
  { type: 'timed out' },
  { type: 'exited' },
)

test('whatever happens in whatever order, the promises of an attempt hold', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 20 }), (events) => {
      let state = claimed
      const all: Effect[] = []
      for (const each of events) {
        const before = state
        const { state: after, effects } = step(state, each)
        if (before.ending) expect(after.ending).toEqual(before.ending)
        if (effects.includes('start')) {
          expect(after).toMatchObject({ granted: true, letGo: false, container: 'starting' })
          expect(after.ending).toBeUndefined()
        }
        if (effects.includes('report')) expect(after).toMatchObject({ granted: true, letGo: false })
        if (effects.includes('remove')) expect(['created', 'over']).toContain(after.container)
        if (effects.includes('remove')) expect(after.letGo).toBe(true)
        all.push(...effects)
        state = after
      }
      expect(new Set(all).size).toBe(all.length)
      if (all.includes('start') && all.includes('remove'))
        expect(all.indexOf('start')).toBeLessThan(all.indexOf('remove'))
    }),
    { numRuns: 2000 },
  )
})
