import type { HeldAttempt } from '@carya/contracts'
import { expect, test } from 'vitest'
import { sampleRun, START } from './sample.fixture.ts'
import { newsOf, toldOf } from './told.ts'

const run = sampleRun({
  state: 'running',
  attempts: [{ attempt: 2, nonce: '2222222222222222', queuedAt: START, worker: 'w1' }],
})
const held = (more: Partial<HeldAttempt> = {}): HeldAttempt => ({
  run: run.id,
  attempt: 2,
  nonce: '2222222222222222',
  phase: 'granted',
  ...more,
})
const beat = (...attempts: HeldAttempt[]) => ({ worker: 'w1', attempts })

test('of a run it is told what its current attempt is at, and nothing of an earlier one', () => {
  expect(toldOf(run, beat(held({ preparing: 'pulls pond:1' })))).toEqual({ preparing: 'pulls pond:1' })
  expect(toldOf(run, beat(held({ phase: 'running', progress: 0.5 })))).toEqual({ progress: 0.5 })
  const earlier = held({ attempt: 1, nonce: '1111111111111111', preparing: 'pulls pond:1' })
  expect(toldOf(run, beat(earlier))).toEqual({})
  expect(toldOf({ ...run, state: 'pending' }, beat(held({ progress: 0.5 })))).toEqual({})
})

test('preparations are news when they change, and when they are over', () => {
  const [quarter, half] = ['25 %', '50 %'].map((preparing) => beat(held({ preparing })))
  const news = { kind: 'preparing', run: run.id, attempt: 2 }
  expect(newsOf(quarter!, undefined)).toEqual([{ ...news, preparing: '25 %' }])
  expect(newsOf(quarter!, quarter)).toEqual([])
  expect(newsOf(half!, quarter)).toEqual([{ ...news, preparing: '50 %' }])
  expect(newsOf(beat(held()), half)).toEqual([news])
  expect(newsOf(beat(held()), beat(held()))).toEqual([])
})

test('progress is told with each heartbeat', () => {
  const running = beat(held({ phase: 'running', progress: 0.5 }))
  expect(newsOf(running, running)).toEqual([{ kind: 'progress', run: run.id, attempt: 2, progress: 0.5 }])
})

test('pulls of images that are looked up are news when they change, and when they are over', () => {
  const pulls = (...lookups: { image: string; how: string }[]) => ({ ...beat(), lookups })
  const [pond, lake] = [
    { image: 'pond:1', how: '25 %' },
    { image: 'lake:1', how: '' },
  ] as const
  const news = { kind: 'image', worker: 'w1' }
  expect(newsOf(pulls(pond), undefined)).toEqual([{ ...news, ...pond }])
  expect(newsOf(pulls(pond, lake), pulls(pond))).toEqual([{ ...news, ...lake }])
  expect(newsOf(pulls({ ...pond, how: '50 %' }), pulls(pond, lake))).toEqual([
    { ...news, image: 'pond:1', how: '50 %' },
    { ...news, image: 'lake:1' },
  ])
  expect(newsOf(beat(), pulls(pond))).toEqual([{ ...news, image: 'pond:1' }])
})
