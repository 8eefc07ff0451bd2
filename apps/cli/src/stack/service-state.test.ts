import { expect, test } from 'vitest'
import { serviceLines } from './service-state.ts'

const service = { installation: 'test', version: '0.1.0', mended: {} }
const recovery = {
  since: '2026-01-01T00:00:00Z',
  seen: 9,
  held: 2,
  rebuilt: 3,
  ended: 1,
  lost: ['7 commits'],
}

test('a service that had nothing to mend or recover says nothing', () => {
  expect(serviceLines({ ...service, mended: { 'lost-job': 0 } })).toEqual([])
})

test('what was mended is counted, and what was lost is told', () => {
  expect(serviceLines({ ...service, mended: { 'lost-job': 2, 'late-timer': 1 } })).toEqual([
    'mended\tlost-job 2, late-timer 1',
  ])
  expect(serviceLines({ ...service, recovery })[0]).toContain('since 2026-01-01T00:00:00Z')
  expect(serviceLines({ ...service, recovery: { ...recovery, until: '2026-01-01T00:00:15Z' } })).toEqual([
    expect.stringContaining('3 records made again, 1 runs found ended'),
    'lost\t7 commits',
  ])
})
