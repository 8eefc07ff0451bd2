import type { Heartbeat } from '@carya/contracts'
import { assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { denied, expired, isTimely, orderFor, silence } from './lease.ts'
import { decide } from './run.ts'
import { sampleRun, START } from './sample.fixture.ts'
import { stateOf } from './worker.ts'

const nonce = '1111111111111111'
const held = { run: sampleRun().id, attempt: 1, nonce, lease: 60, claimedAt: START }
const beat = (more: Partial<Heartbeat>): Heartbeat => ({
  v: 1,
  worker: 'w1',
  pool: 'default',
  session: 's',
  beat: 1,
  at: START,
  interval: 5,
  version: '0',
  seq: 0,
  size: { cpus: 1, memory: 1 },
  room: { cpus: 1, memory: 1 },
  draining: false,
  attempts: [],
  ...more,
})
const running = () => {
  const fed = decide(sampleRun(), { type: 'fed', nonce }, START, 0)
  if ('refused' in fed) throw new Error(fed.refused)
  const event = { type: 'claimed' as const, token: held, worker: 'w1', at: START }
  const claimed = decide(fed.run, event, START, 0)
  if ('refused' in claimed) throw new Error(claimed.refused)
  return claimed.run
}

test('a lease runs out when its worker was silent for longer than it lasts', () => {
  expect(expired([held], 0, 0, 60_000)).toEqual([])
  expect(expired([held], 0, 0, 60_001)).toEqual([held])
  expect(expired([held], 30_000, 0, 60_001)).toEqual([])
})

test('an outage on our side expires nothing: time counts from when we began to listen', () => {
  expect(expired([held], 0, undefined, 1e9)).toEqual([])
  expect(expired([held], 0, 1e9 - 1000, 1e9)).toEqual([])
})

test('an attempt that a later heartbeat does not list is lost; one made before the claim says nothing', () => {
  expect(denied([held], beat({ at: '2026-01-01T00:00:05.000Z' }))).toEqual([held])
  expect(denied([held], beat({ at: '2025-12-31T23:59:59.000Z' }))).toEqual([])
  const listed = { run: held.run, attempt: 1, nonce, phase: 'running' as const }
  expect(denied([held], beat({ at: '2026-01-01T00:00:05.000Z', attempts: [listed] }))).toEqual([])
})

test('an unknown run is kept; only a record that names another attempt or an end stops a model or lets go', () => {
  const run = running()
  const word = (
    more: { nonce?: string; phase?: 'running' | 'finished' },
    worker: string,
    record: typeof run | undefined,
  ) => orderFor({ run: held.run, attempt: 1, nonce, phase: 'running', ...more }, worker, record).do
  expect(word({}, 'w1', undefined)).toBe('keep')
  expect(word({}, 'w1', run)).toBe('keep')
  expect(word({}, 'w1', { ...run, cancelRequested: true })).toBe('stop')
  const old = { nonce: '2222222222222222' }
  for (const [more, worker, record] of [
    [{}, 'w2', run],
    [old, 'w1', run],
    [{}, 'w1', { ...run, state: 'succeeded' as const }],
  ] as const) {
    expect(word(more, worker, record)).toBe('stop')
    expect(word({ ...more, phase: 'finished' }, worker, record)).toBe('settled')
  }
})

test('a beat that the report of its attempt’s end has overtaken stops nothing: the attempt is let go', () => {
  const run = running()
  const report = {
    v: 1 as const,
    kind: 'finished' as const,
    worker: 'w1',
    at: START,
    run: run.id,
    attempt: 1,
    nonce,
    finishedAt: START,
    exitCode: null,
    metrics: {},
    outputs: [],
    outputsTotal: 0,
    logTail: '',
    folder: 'f',
  }
  const listed = { run: run.id, attempt: 1, nonce, phase: 'running' as const }
  const failure = { kind: 'worker_lost' as const, detail: '' }
  const succeeded = decide(run, { type: 'finished', report: { ...report, outcome: 'succeeded' } }, START, 0)
  const failed = decide(
    run,
    { type: 'finished', report: { ...report, outcome: 'failed', failure } },
    START,
    0,
  )
  const lost = decide(run, { type: 'lost', token: held, failure }, START, 0)
  if ('refused' in succeeded || 'refused' in failed || 'refused' in lost) throw new Error('refused')
  expect([succeeded.run.state, failed.run.state, lost.run.state]).toEqual(['succeeded', 'pending', 'pending'])
  const word = (record: typeof run, worker = 'w1') => orderFor(listed, worker, record).do
  expect([word(succeeded.run), word(failed.run)]).toEqual(['settled', 'settled'])
  // one that was given up may run on, and so may whatever another worker holds
  expect([word(lost.run), word(succeeded.run, 'w2')]).toEqual(['stop', 'stop'])
})

test('a worker that misses three beats is lost to the feed', () => {
  const known = { ...beat({}), wish: undefined }
  expect(stateOf(known, 15_000)).toBe('live')
  expect(stateOf({ ...known, draining: true }, 15_000)).toBe('draining')
  expect(stateOf(known, 16_001)).toBe('lost')
})

test('no lease runs out within its own length of when listening began, whatever was written before', () => {
  const time = integer({ min: 0, max: 1e9 })
  assert(
    property(time, time, integer({ min: 2, max: 600 }), time, (lastBeat, since, lease, passed) => {
      const short = [{ ...held, lease }]
      expect(expired(short, lastBeat, since, since + (passed % (lease * 1000)))).toEqual([])
      expect(expired(short, lastBeat, undefined, passed)).toEqual([])
    }),
  )
})

test('a clock that was put back keeps no dead worker alive, and no clock kills a live one', () => {
  // written an hour ahead of the clock as it is now
  expect(expired([held], 3_600_000, 1000, 61_001)).toEqual([held])
  expect(silence(3_600_000, 1000, 0, 61_000)).toBe(60_000)
  // written before the clock was set forward by an hour, at which listening began anew
  expect(expired([held], 1000, 3_600_000, 3_600_500)).toEqual([])
  expect(silence(1000, 3_600_000, 1500, 3_600_500)).toBe(1000)
})

test('a worker is not silent while nobody listens', () => {
  expect(silence(1000, undefined, 3000, 1e9)).toBe(2000)
  expect(silence(1000, 50_000, 3000, 50_000)).toBe(2000)
  expect(silence(1000, 50_000, 3000, 54_000)).toBe(6000)
  expect(silence(52_000, 50_000, 3000, 54_000)).toBe(2000)
})

test('an expiry that was long on its way is passed over', () => {
  expect(isTimely(1000, 1010)).toBe(true)
  expect(isTimely(1000, 9000)).toBe(false)
})
