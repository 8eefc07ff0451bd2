import { expect, test } from 'vitest'
import { lostJobs, short, waitingIn } from './reconcile.ts'

const grace = '2026-01-01T00:00:10.000Z'
const out = (run: string, second: string, on?: string) => ({
  run,
  cpus: 1,
  memory: 1,
  at: `2026-01-01T00:00:${second}.000Z`,
  ...(on === undefined ? {} : { on }),
})
const queued = [out('a', '01'), out('b', '02'), out('c', '03', 'w1'), out('new', '11')]
const waiting = waitingIn('p', queued, grace)
const look = (pool: number | undefined, own: number | undefined) =>
  short(
    waiting,
    new Map([
      ['carya.jobs.p', pool],
      ['carya.jobs.p.w1', own],
    ]),
  )

test('a queue with a message for each run that waits in it lacks none; what was just fed is not looked for', () => {
  expect([...look(2, 1).keys()]).toEqual([])
  expect([...look(1, 1).keys()]).toEqual(['carya.jobs.p'])
  expect([...look(2, undefined).keys()]).toEqual(['carya.jobs.p.w1'])
})

test('runs that stood twice in a queue that lacked messages both times have lost their jobs', () => {
  expect(lostJobs(look(1, 1), look(1, 0))).toEqual(['a', 'b'])
  expect(lostJobs(look(2, 1), look(0, 0))).toEqual([])
})

test('a run that was fed again between the looks has another job', () => {
  const later = waitingIn('p', [out('a', '09'), out('b', '02')], grace)
  expect(lostJobs(look(0, 1), short(later, new Map()))).toEqual(['b'])
})
