import type { RunView } from '@carya/contracts'
import { expect, test } from 'vitest'
import type { WatchedRun } from '../client/watch-run.ts'
import { shownAfter, wordsOf, type Shown } from './run-shown.ts'

const shown = (...heard: WatchedRun[]) => heard.reduce<Shown>(shownAfter, { text: 'pending' })
const words = (...heard: WatchedRun[]) => wordsOf(shown(...heard))
/** As it comes from the service. */
const sent = (said: object) => JSON.parse(JSON.stringify(said))
const run = (more: Partial<RunView>): WatchedRun => ({
  kind: 'run',
  run: sent({ state: 'running', ...more }),
  ended: false,
})
const item = (said: object): WatchedRun => ({ kind: 'item', item: sent({ run: 'r1', attempt: 1, ...said }) })
const state = (to: string) => item({ kind: 'state', event: { data: { state: to } } })

test('before a model starts it is shown what is done for it, until that is over', () => {
  const pulls = run({ preparing: 'pulls pond:1: 5 %\u001b[2J' })
  expect(words(pulls)).toMatch(/^pulls pond:1: 5 %/)
  expect(words(pulls)).not.toContain('\u001b')
  expect(words(pulls, item({ kind: 'preparing', preparing: 'pulls pond:1: 9 %' }))).toBe('pulls pond:1: 9 %')
  expect(words(pulls, item({ kind: 'preparing' }))).toBe('running')
  expect(words(pulls, state('pending'))).toBe('pending')
  expect(words(pulls, state('pending'), item({ kind: 'preparing' }))).toBe('pending')
})

test('progress is shown, and begins anew with another attempt', () => {
  const half = [run({}), item({ kind: 'progress', progress: 0.5 })]
  expect(shown(...half)).toMatchObject({ text: 'running', share: 0.5 })
  expect(shown(...half, state('pending')).share).toBeUndefined()
  expect(words(...half, { kind: 'lost', why: 'reset' })).toContain('reset')
})
