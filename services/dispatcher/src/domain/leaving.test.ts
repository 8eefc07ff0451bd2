import { expect, test } from 'vitest'
import { isToGo, keeps, outlives } from './leaving.ts'

const HEARD = '2026-01-01T00:00:00.000Z'
const worker = (state: 'live' | 'draining' | 'unwell' | 'lost') => ({ name: 'w1', state, lastBeatAt: HEARD })

test('a worker that is there is kept, and one that holds runs', () => {
  for (const state of ['live', 'draining', 'unwell'] as const)
    expect(keeps(worker(state), 0)).toMatchObject({ status: 409, detail: expect.stringContaining(HEARD) })
  expect(keeps(worker('lost'), 2)).toMatchObject({ status: 409, title: expect.stringContaining('2 runs') })
  expect(keeps(worker('lost'), 0)).toBeUndefined()
})

test('it goes by itself when it was asked to leave, or is lost for as long as ended runs are kept', () => {
  const lost = { state: 'lost' as const, wish: undefined, lastBeat: 1000 }
  expect(isToGo(lost, 61_000, 60)).toBe(false)
  expect(isToGo(lost, 61_001, 60)).toBe(true)
  expect(isToGo({ ...lost, wish: 'leave' }, 20_000, 60)).toBe(true)
  expect(isToGo({ ...lost, wish: 'leave', state: 'draining' }, 20_000, 60)).toBe(false)
  expect(isToGo({ ...lost, state: 'live' }, 1e9, 60)).toBe(false)
})

test('one that is started again stays, and stays drained if it was', () => {
  expect([outlives('leave'), outlives('drain'), outlives('resume')]).toEqual([false, true, true])
})
