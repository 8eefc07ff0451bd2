/** Against Vega-Lite itself: its schema knows every property, its compiler every combination. */
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import { compile } from 'vega-lite'
import { beforeAll, describe, expect, test } from 'vitest'
import { dalecSummary, emptySummary, saltelliSummary } from './dalec.fixture.ts'
import { figureOf } from './figure.ts'
import { hostileSummary, manySummary, oddSummary } from './hostile.fixture.ts'

const refuse = (...words: readonly unknown[]): never => {
  throw new Error(words.map(String).join(' '))
}
const strict = { level: () => strict, error: refuse, warn: refuse, info: () => strict, debug: () => strict }

const odd = oddSummary()
const asked = {
  metrics: odd.metrics.map((each) => each.name),
  variables: odd.series.map((each) => each.variable),
}
const cases = [
  ['coefficients', dalecSummary(), {}],
  ['indices', saltelliSummary(), {}],
  ['nothing', emptySummary, {}],
  ['more than is drawn', manySummary(), {}],
  ['hostile names', hostileSummary(), {}],
  ['odd series and metrics', odd, asked],
] as const

describe('a picture of', () => {
  let isValid: (spec: unknown) => boolean
  beforeAll(() => {
    const schema: object = createRequire(import.meta.url)('vega-lite/vega-lite-schema.json')
    isValid = new Ajv({ strict: false, validateFormats: false }).compile(schema)
  })

  test.each(cases)('%s fits the schema, and the compiler warns of nothing', (_, summary, options) => {
    const spec = figureOf(summary, options)
    expect(isValid(spec)).toBe(true)
    expect(compile(spec, { logger: strict })).toHaveProperty('spec')
  })

  test('the schema and the compiler would tell', () => {
    const spec = figureOf(emptySummary)
    expect(isValid({ ...spec, tittle: 'wrong' })).toBe(false)
    const mark = {
      data: { values: [{ a: 1 }] },
      mark: 'bar',
      encoding: { x: { field: 'a', type: 'quantative' } },
    }
    expect(() => compile(mark, { logger: strict })).toThrow()
  })
})

test('a summary is left as it was', () => {
  const summary = oddSummary()
  figureOf(summary, asked)
  expect(summary).toEqual(oddSummary())
})
