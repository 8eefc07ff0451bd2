import { milliseconds, MOST_SEQ, type HeldReport, type RunView } from '@carya/contracts'
import { assert, array, constantFrom, integer, property } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jobOf } from './job.ts'
import { orderFor } from './lease.ts'
import { viewOf, type RunRecord } from './record.ts'
import {
  awaited,
  endAsStored,
  isAhead,
  isBelieved,
  isPutBack,
  lossOf,
  madeAgain,
  mayEnd,
} from './recovery.ts'
import { decide, type RunEvent } from './run.ts'
import { sampleRun, START } from './sample.fixture.ts'

const nonceOf = (n: number) => String(n).padStart(16, '0')
const after = (run: RunRecord, event: RunEvent): RunRecord => {
  const decision = decide(run, event, START, 0)
  return 'run' in decision ? decision.run : run
}
const current = (run: RunRecord) => {
  const { attempt, nonce } = run.attempts.at(-1)!
  return { run: run.id, attempt, nonce }
}
const running = (run: RunRecord, nonce: number, worker = 'w1') => {
  const fed = after(run, { type: 'fed', nonce: nonceOf(nonce) })
  return after(fed, { type: 'claimed', token: current(fed), worker, at: START })
}
const lost = (run: RunRecord) => {
  const failure = { kind: 'worker_lost' as const, detail: '' }
  return after(run, { type: 'lost', token: current(run), failure })
}
const heldBy = (run: RunRecord, worker = 'w1', phase: HeldReport['phase'] = 'running'): HeldReport => ({
  v: 1,
  kind: 'held',
  worker,
  at: START,
  ...current(run),
  phase,
  job: jobOf(run),
})
const finished = (run: RunRecord, worker = 'w1') =>
  after(run, {
    type: 'finished',
    report: {
      v: 1,
      kind: 'finished',
      worker,
      at: START,
      ...current(run),
      outcome: 'succeeded',
      finishedAt: START,
      exitCode: 0,
      metrics: { answer: 42 },
      outputs: [],
      outputsTotal: 0,
      logTail: '',
      folder: 'f',
    },
  })
const storedOf = (run: RunRecord): RunView => ({ ...viewOf(run), version: run.version })

test('a worker is believed as far as there can have been commits, and never so far that none can follow', () => {
  expect([isBelieved(41, 42), isBelieved(43, 42), isBelieved(1e9, 0)]).toEqual([true, true, true])
  expect([isBelieved(1e9 + 1, 0), isBelieved(Number.MAX_SAFE_INTEGER, 42)]).toEqual([false, false])
  // however often it is tried
  const top = MOST_SEQ / 2
  expect([isBelieved(top, top - 1), isBelieved(top + 1, top)]).toEqual([true, false])
  // and from there on other workers say what we know
  expect(isBelieved(top + 2000, top + 2000)).toBe(true)
})

test('Redis was put back where somebody has seen a higher number, or its layout is gone', () => {
  expect(isPutBack(7, { seq: 7, hasLayout: true })).toBe(false)
  expect(isPutBack(8, { seq: 7, hasLayout: true })).toBe(true)
  expect(isPutBack(1, { seq: 0, hasLayout: false })).toBe(true)
  expect(isPutBack(0, { seq: 0, hasLayout: false })).toBe(false)
})

test('a recovery ends when every worker could beat since we listen', () => {
  const recovery = { since: START }
  const begin = milliseconds(START)
  expect(mayEnd(recovery, begin - 5, begin + 14_999, 15)).toBe(false)
  expect(mayEnd(recovery, begin - 5, begin + 15_000, 15)).toBe(true)
  expect(mayEnd(recovery, begin + 1000, begin + 15_000, 15)).toBe(false)
  expect(mayEnd(recovery, undefined, begin + 1e9, 15)).toBe(false)
})

test('the operator is told which commits are gone, and of the models', () => {
  expect(lossOf({ seen: 9, held: 0 }, 1)[0]).toContain('all commits up to 9')
  expect(lossOf({ seen: 9, held: 2 }, 0)).toEqual([
    expect.stringContaining('7 commits, 3 to 9'),
    expect.stringContaining('no model is registered'),
  ])
  expect(lossOf({ seen: 9, held: 9 }, 1)[0]).toContain('nobody knows how many')
})

test('a dispatcher that starts waits for the workers that were there when Redis last heard of any', () => {
  const worker = (name: string, lastBeat: number) => ({ name, lastBeat })
  expect(awaited([])).toEqual([])
  expect(awaited([worker('a', 9e9), worker('b', 9e9 - 5000), worker('gone', 1e9)])).toEqual(['a', 'b'])
})

describe('a record that is made again', () => {
  test('is running, owned by who holds it, with its key, its replies and the version it had', () => {
    const asked = sampleRun({
      key: 'k',
      submission: { kind: 'key', key: 'k', body: 'hash' },
      replies: [{ to: 'amq.gen-1', correlationId: 'c' }],
    })
    const run = running(asked, 1)
    const made = madeAgain(heldBy(after(asked, { type: 'fed', nonce: nonceOf(1) })), undefined)
    expect(made).toMatchObject({ run, effects: [{ kind: 'changed' }] })
  })

  test('is granted where it waits for that', () => {
    const held = heldBy(after(sampleRun(), { type: 'fed', nonce: nonceOf(1) }), 'w1', 'claimed')
    expect(madeAgain(held, undefined).effects[0]).toMatchObject({ kind: 'order', order: { do: 'granted' } })
  })

  test('is the end that the store has, told as the same event as before', () => {
    const asked = sampleRun({ replies: [{ to: 'amq.gen-1' }] })
    const end = finished(running(asked, 1))
    const made = madeAgain(heldBy(after(asked, { type: 'fed', nonce: nonceOf(1) })), storedOf(end))
    expect(made).toMatchObject({ run: { state: 'succeeded', version: end.version, metrics: { answer: 42 } } })
    expect(made.effects).toEqual([{ kind: 'changed' }, { kind: 'ended' }])
  })

  test('is refused without its job, or with that of another attempt', () => {
    const first = running(sampleRun(), 1)
    const second = running(after(lost(first), { type: 'due' }), 2)
    const { job, ...bare } = heldBy(first)
    void job
    expect(madeAgain(bare, undefined)).toMatchObject({ refused: expect.stringContaining('gone') })
    expect(madeAgain({ ...bare, job: jobOf(second) }, undefined)).toMatchObject({
      refused: expect.stringContaining('another attempt'),
    })
  })
})

test('no member is made again under another index than its id says, or than there can be', () => {
  const whole = 'e01k00000000000000000000000'
  const memberOf = (index: number, named = index) =>
    heldBy(
      after(sampleRun({ id: `${whole}-${named}`, ensemble: whole, index }), {
        type: 'fed',
        nonce: nonceOf(1),
      }),
    )
  expect(madeAgain(memberOf(17), undefined)).toMatchObject({ run: { ensemble: whole, index: 17 } })
  for (const bad of [memberOf(4_000_000_000, 17), memberOf(999_999_999), memberOf(-1, 17)])
    expect(madeAgain(bad, undefined)).toMatchObject({ refused: expect.stringContaining('no such member') })
})

describe('a record that was put back', () => {
  test('becomes the end that the store has, whatever it was', () => {
    const pending = sampleRun()
    const run = running(pending, 1)
    const end = finished(run)
    for (const old of [pending, after(pending, { type: 'fed', nonce: nonceOf(1) }), run]) {
      const decision = endAsStored(old, storedOf(end))
      expect(decision).toMatchObject({ run: { state: 'succeeded', version: end.version, lastAttempt: 1 } })
    }
    expect(endAsStored(end, storedOf(end))).toMatchObject({ refused: expect.stringContaining('already') })
  })

  test('is not ended by a record of the store that is none of an end, or of another run', () => {
    const run = running(sampleRun(), 1)
    expect('refused' in endAsStored(run, storedOf(run))).toBe(true)
    const other = { ...storedOf(finished(run)), id: 'r01k00000000000000000000001' }
    expect('refused' in endAsStored(run, other)).toBe(true)
  })

  test('is asked to be brought forward by who holds a later attempt, and stops nothing meanwhile', () => {
    const pending = sampleRun()
    const run = running(pending, 1)
    const held = { ...current(run), phase: 'running' as const }
    expect(isAhead(pending, held)).toBe(true)
    expect(orderFor(held, 'w1', pending)).toMatchObject({ do: 'keep', tell: true })
    expect(orderFor(held, 'w1', undefined)).toMatchObject({ do: 'keep', tell: true })
    expect(orderFor(held, 'w1', after(pending, { type: 'found', held: heldBy(run) }))).toEqual({
      do: 'keep',
      ...current(run),
    })
  })

  test('gives a number out again that a host still has: the nonces tell them apart, and one runs in the end', () => {
    const pending = sampleRun()
    const before = running(pending, 1, 'w1')
    const again = running(pending, 2, 'w2')
    const held = { ...current(before), phase: 'running' as const }
    // while it is not yet known what the hosts hold, it goes on
    expect(orderFor(held, 'w1', again, true).do).toBe('keep')
    expect(orderFor(held, 'w1', again).do).toBe('stop')
    expect('refused' in decide(again, { type: 'found', held: heldBy(before) }, START, 0)).toBe(true)
    const late = decide(
      again,
      { type: 'started', token: current(before), worker: 'w1', container: 'c', startedAt: START },
      START,
      0,
    )
    expect('refused' in late).toBe(true)
  })
})

test('put back to any moment, a record is brought forward to what hosts hold, and a later attempt is never stopped', () => {
  const step = constantFrom('lost' as const, 'again' as const)
  assert(
    property(array(step, { maxLength: 6 }), integer({ min: 0, max: 20 }), (steps, moment) => {
      // a history of attempts, each record of it a moment that Redis may be put back to
      const history = [sampleRun()]
      let nonce = 0
      for (const each of ['again' as const, ...steps]) {
        const last = history.at(-1)!
        if (each === 'lost' && last.state === 'running') history.push(after(lost(last), { type: 'due' }))
        if (each === 'again' && last.state === 'pending')
          history.push(running(last, (nonce += 1), `w${nonce}`))
      }
      const now = history.at(-1)!
      if (now.state !== 'running') return
      const old = history[moment % history.length]!
      const worker = now.attempts.at(-1)!.worker!
      const held = { ...current(now), phase: 'running' as const }
      for (const isRecovering of [true, false])
        expect(orderFor(held, worker, old, isRecovering).do).toBe('keep')
      const forward = after(old, { type: 'found', held: heldBy(now, worker) })
      expect(forward).toMatchObject({ state: 'running', lastAttempt: now.lastAttempt })
      expect(current(forward)).toEqual(current(now))
      expect(forward.version).toBeGreaterThan(now === old ? old.version - 1 : old.version)
      expect(finished(forward, worker).state).toBe('succeeded')
    }),
  )
})
