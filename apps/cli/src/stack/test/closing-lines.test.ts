import { expect, test } from 'vitest'
import { allWell, namesOf, stepTally, tallyOf } from './closing-lines.ts'

test('the closing lines of several runs are summed, and lines that only look like one are not', () => {
  const lines = ['12 passed, 0 failed', ' Tests  3 passed (3)', '3 passed, 2 failed', 'x 9 passed, 9 failed']
  expect(tallyOf(lines)).toEqual({ passed: 15, failed: 2 })
})

test('a step that ends badly without a failed test is a failure', () => {
  expect(stepTally(['5 passed, 0 failed'], 1)).toEqual({ passed: 5, failed: 1 })
  expect(stepTally(['5 passed, 2 failed'], 1)).toEqual({ passed: 5, failed: 2 })
  expect(stepTally([], 0)).toEqual({ passed: 0, failed: 0 })
})

test('what failed or was not run is named, by the step where nothing else says it', () => {
  const lines = ['failed: a.test.ts > b: no', 'it failed: c', 'not run: d (no root)', '5 passed, 1 failed']
  const named = ['failed: a.test.ts > b: no', 'not run: d (no root)']
  expect(namesOf(lines, { passed: 5, failed: 1 }, 'code 1')).toEqual(named)
  expect(namesOf(['not run: d (no root)'], { passed: 5, failed: 0 }, 'code 0')).toEqual([
    'not run: d (no root)',
  ])
  expect(namesOf(['error TS2322'], { passed: 0, failed: 1 }, 'code 2')).toEqual(['failed: code 2'])
})

test('nothing tested is not well', () => {
  expect(allWell({ passed: 0, failed: 0 })).toBe(false)
  expect(allWell({ passed: 1, failed: 0 })).toBe(true)
  expect(allWell({ passed: 1, failed: 1 })).toBe(false)
})
