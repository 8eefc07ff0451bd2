import { expect, test } from 'vitest'
import { parseMetrics } from './metrics.ts'

test('a flat object of numbers is metrics', () => {
  expect(parseMetrics('{"gpp": 1.5, "nee": -3e2}')).toEqual({ metrics: { gpp: 1.5, nee: -300 } })
  expect(parseMetrics('{}')).toEqual({ metrics: {} })
  expect(parseMetrics('\uFEFF{"a": 1}\r\n')).toEqual({ metrics: { a: 1 } })
})

test.each([
  ['', 'not JSON'],
  ['{"a": NaN}', 'not JSON: NaN is no number there'],
  ['{"b": 1, "a":-Infinity}', 'not JSON: -Infinity is no number there'],
  ['{"a": 1,}', /not JSON$/],
  ['[1]', 'not a flat object'],
  ['null', 'not a flat object'],
  ['{"a": {"b": 1}}', '"a" is not a finite number'],
  ['{"a": "1"}', '"a" is not a finite number'],
  ['{"a": 1e999}', '"a" is not a finite number'],
])('%s is told to be wrong', (text, why) => {
  expect(parseMetrics(text)).toEqual({ error: expect.stringMatching(why) })
})
