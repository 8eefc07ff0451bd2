import { expect, test } from 'vitest'
import { parseVary } from './vary.ts'

const parameters = {
  k: { type: 'number' },
  n: { type: 'integer' },
  kind: { type: 'string' },
  wet: { type: 'boolean' },
} as const

const way = (text: string) => parseVary([text], parameters)[0]?.way

test.each([
  ['k', { manifest: true }],
  ['k=uniform:0.1:0.5', { uniform: [0.1, 0.5] }],
  ['k=uniform:-5:1e-3', { uniform: [-5, 0.001] }],
  ['k=loguniform:1:100', { loguniform: [1, 100] }],
  ['k=normal:10:2', { normal: [10, 2] }],
  ['k=normal:10:2:truncate', { normal: [10, 2], truncate: 'range' }],
  ['k=normal:10:2:truncate:5:15', { normal: [10, 2], truncate: [5, 15] }],
  ['k=lognormal:0:1', { lognormal: [0, 1] }],
  ['k=triangular:0:1:4', { triangular: [0, 1, 4] }],
  ['k=beta:2:3', { beta: [2, 3] }],
  ['k=beta:2:3:-1:1:truncate', { beta: [2, 3, -1, 1], truncate: 'range' }],
  ['k=gamma:2:0.5', { gamma: [2, 0.5] }],
  ['k=linspace:0:1:11', { linspace: [0, 1, 11] }],
  ['k=logspace:1:1000:4', { logspace: [1, 1000, 4] }],
  ['k=values:1,2.5', { values: [1, 2.5] }],
  ['n=values:1,2', { values: [1, 2] }],
  ['wet=values:true,false', { values: [true, false] }],
  ['kind=values:C3,4', { values: ['C3', '4'] }],
  ['kind=values:a:b', { values: ['a:b'] }],
  ['@version=values:1.0.0,2,1.10', { values: ['1.0.0', '2', '1.10'] }],
  ['input.drivers=values:a.csv,https://x.org/b.csv', { values: ['a.csv', 'https://x.org/b.csv'] }],
])('%s', (text, expected) => {
  expect(way(text)).toEqual(expected)
})

test('an unknown parameter reads as it looks; the service says that it is unknown', () => {
  expect(parseVary(['other=values:1,true,x'])[0]?.way).toEqual({ values: [1, true, 'x'] })
})

test.each([
  ['k=unifrom:0:1', 'did you mean uniform:LOW:HIGH?'],
  ['k=cauchy:0:1', 'one of uniform, loguniform'],
  ['k=', 'one of uniform'],
  ['k=uniform', 'uniform is written uniform:LOW:HIGH'],
  ['k=uniform:1', 'uniform is written uniform:LOW:HIGH'],
  ['k=uniform:1:2:3', 'uniform is written uniform:LOW:HIGH'],
  ['k=uniform:a:2', '"a" is no number'],
  ['k=uniform:1:', '"" is no number'],
  ['k=normal:0:Infinity', '"Infinity" is no number'],
  ['k=normal:0:0x10', '"0x10" is no number'],
  ['k=beta:1:2:3', 'beta:A:B or beta:A:B:LOW:HIGH'],
  ['k=normal:0:1:truncate:2', ':truncate:LOW:HIGH'],
  ['k=normal:0:1:truncate:2:x', ':truncate:LOW:HIGH'],
  ['k=linspace:0:1:5:truncate', 'cannot be truncated'],
  ['k=values:', 'a value is empty'],
  ['k=values', 'a value is empty'],
  ['k=values:1,,2', 'a value is empty'],
  ['input.drivers=uniform:0:1', 'an input varies by values'],
])('%s is refused: %s', (text, detail) => {
  expect(() => way(text)).toThrow(
    expect.objectContaining({
      code: 2,
      problem: expect.objectContaining({
        errors: [expect.objectContaining({ detail: expect.stringContaining(detail) })],
      }),
    }),
  )
})

test('every --vary that is not understood is named at once, and one that is given twice', () => {
  expect(() => parseVary(['k=unifrom:0:1', 'n=uniform:1', 'kind=values:a'])).toThrow(
    expect.objectContaining({
      problem: expect.objectContaining({
        errors: ['k', 'n'].map((name) => expect.objectContaining({ path: `--vary ${name}` })),
      }),
    }),
  )
  expect(() => parseVary(['k=uniform:0:1', 'k=uniform:0:2'])).toThrow(
    expect.objectContaining({
      problem: expect.objectContaining({
        errors: [expect.objectContaining({ detail: 'k is given twice' })],
      }),
    }),
  )
})
