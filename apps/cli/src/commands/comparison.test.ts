import { expect, test } from 'vitest'
import { compare, type Outcome } from './comparison.ts'

const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  state: 'succeeded',
  exitCode: 0,
  metrics: { nee: 0.1 + 0.2 },
  outputs: [{ name: 'daily.csv', bytes: 7, sha256: a }],
  total: 1,
  ...more,
})

test('two runs that came to the same are identical, in whatever order they list it', () => {
  const more = [...outcome().outputs, { name: 'z', bytes: 1, sha256: b }]
  const one = outcome({ outputs: more, total: 2, metrics: { x: 1, y: 2 } })
  const other = outcome({ outputs: more.toReversed(), total: 2, metrics: { y: 2, x: 1 } })
  expect(compare(one, other)).toEqual({
    identical: true,
    differences: [],
    outputs: 2,
    metrics: 2,
    bySize: [],
  })
})

test('a metric that differs in its last bit differs', () => {
  const { identical, differences } = compare(outcome(), outcome({ metrics: { nee: 0.3 } }))
  expect(identical).toBe(false)
  expect(differences).toEqual([{ kind: 'metric', name: 'nee', before: '0.30000000000000004', after: '0.3' }])
})

test.each([
  ['content', [{ name: 'daily.csv', bytes: 7, sha256: b }], 'sha256:aaaaaaaaaaaa…', 'sha256:bbbbbbbbbbbb…'],
  ['size', [{ name: 'daily.csv', bytes: 8, sha256: b }], '7 B (7 bytes)', '8 B (8 bytes)'],
])('an output of another %s differs', (_, outputs, before, after) => {
  expect(compare(outcome(), outcome({ outputs })).differences).toEqual([
    { kind: 'output', name: 'daily.csv', before, after },
  ])
})

test('what only one of them has, and how they ended, is told', () => {
  const other = outcome({ state: 'failed', exitCode: 3, metrics: {}, outputs: [], total: 0 })
  expect(compare(outcome(), other).differences.map(({ name, after }) => [name, after])).toEqual([
    ['state', 'failed'],
    ['exit code', '3'],
    ['nee', undefined],
    ['files', '0'],
    ['daily.csv', undefined],
  ])
})

test('an output without a hash is compared by its size, and that is said', () => {
  const large = { outputs: [{ name: 'large.nc', bytes: 2 ** 40 }] }
  expect(compare(outcome(large), outcome(large))).toMatchObject({ identical: true, bySize: ['large.nc'] })
})
