import { expect, test } from 'vitest'
import { differenceLines } from './reproduce.ts'

test('differences stand below their header', () => {
  const lines = differenceLines(
    [
      { kind: 'end', name: 'exit code', before: '0', after: '3' },
      { kind: 'output', name: 'daily.csv', before: 'sha256:4be1c04afe22…', after: undefined },
    ],
    'r4f7k2q',
    'r9abcde',
    80,
  )
  expect(lines).toEqual([
    '  WHAT              r4f7k2q               r9abcde',
    '  exit code         0                     3',
    '  output daily.csv  sha256:4be1c04afe22…  none',
  ])
})
