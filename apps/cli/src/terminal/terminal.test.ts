import { expect, test } from 'vitest'
import { CommandFailure, problemJson, problemText } from './failure.ts'
import { bar, lineIsDue, startStep } from './progress.ts'
import { tableLines } from './table.ts'
import { bytesText, durationText, printable } from './text.ts'
import { relativeTime } from './time.ts'

test('hostile text cannot steer the terminal', () => {
  expect(printable('a\u001b[31mb\u0007\u202e')).toBe(String.raw`a\x1b[31mb\x07\u202e`)
  expect(printable('tab\tand\nnewline, ünï')).toBe('tab\tand\nnewline, ünï')
})

test('sizes and spans read as people say them', () => {
  expect([0, 1023, 1536, 3 * 2 ** 30].map(bytesText)).toEqual(['0 B', '1023 B', '1.5 KiB', '3.0 GiB'])
  expect([400, 12_000, 185_000, 3_600_000, 280_000_000].map(durationText)).toEqual([
    '0.4 s',
    '12 s',
    '3 min 5 s',
    '1 h',
    '3 d 5 h',
  ])
  expect(relativeTime('2026-05-01T12:00:00Z', Date.parse('2026-05-01T12:03:05Z'))).toBe('3 min 5 s ago')
})

const columns = [
  { title: 'ID', cell: (row: { id: string; n: number }) => row.id },
  { title: 'RUNS', cell: (row: { id: string; n: number }) => String(row.n), align: 'right' as const },
]

test('a table has a header and columns for people, tabs for programs', () => {
  const rows = [
    { id: 'r-1', n: 5 },
    { id: 'long name', n: 12 },
  ]
  expect(tableLines(rows, columns, true)).toEqual(['ID         RUNS', 'r-1           5', 'long name    12'])
  expect(tableLines(rows, columns, false)).toEqual(['r-1\t5', 'long name\t12'])
})

test('a cell is one line and cannot steer the terminal', () => {
  expect(tableLines([{ id: 'a\nb\u001b[2J', n: 1 }], columns, false)).toEqual([
    String.raw`a b\x1b[2J` + '\t1',
  ])
})

test('without a terminal a step writes its beginning and end, and between them a line when both 30 s and 5 % have passed', () => {
  const written: string[] = []
  let now = 0
  const step = startStep('pulling', { write: (text) => written.push(text) }, () => now)
  step.update('layer', 0.1)
  now = 31_000
  step.update('layer', 0.04)
  step.update('layer', 0.5)
  now = 32_000
  step.update('layer', 0.9)
  step.done('pulled')
  expect(written).toEqual(['… pulling\n', `… pulling: ${bar(0.5)} layer\n`, '✓ pulled (32 s)\n'])
})

test('without a share, 30 s are enough for a line', () => {
  expect(lineIsDue({ at: 0, share: 0 }, 30_000)).toBe(true)
  expect(lineIsDue({ at: 0, share: 0 }, 29_999)).toBe(false)
})

test('a failure is told to people with what to do last, to programs as a problem document', () => {
  const failure = new CommandFailure(2, {
    title: 'The request is not right.',
    errors: [{ path: 'params.x', value: 3, detail: 'at most 2' }],
    help: ['carya model show dalec lists the ranges.'],
  })
  expect(problemText(failure.problem)).toBe(
    'carya: The request is not right.\n  params.x: at most 2 (given: 3)\ncarya model show dalec lists the ranges.\n',
  )
  expect(JSON.parse(problemJson(failure.problem, failure.code))).toMatchObject({
    type: 'about:blank',
    title: 'The request is not right.',
    exitCode: 2,
  })
})
