import type { Distribution } from '@carya/contracts'
import { expect, test } from 'vitest'
import { asked, faults, model, pinned } from './model.fixture.ts'
import { pinDesign } from './pin.ts'

const sampled = (vary: object) => ({ kind: 'lhs', samples: 10, vary })

test('names that the model does not have are guessed', () => {
  expect(faults(sampled({ kk: { uniform: [0, 1] }, 'input.driver': { values: ['file:///a'] } }))).toEqual([
    ['design.vary.kk', expect.stringMatching(/^no such parameter: did you mean k\? the model's are k, n, /)],
    [
      'design.vary.input.driver',
      "no such input: did you mean input.drivers? the model's are input.drivers, input.soil",
    ],
  ])
})

test('no more than five guesses are made', () => {
  const vary = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((x) => [`path${x}`, { uniform: [0, 1] }]),
  )
  const guessed = faults(sampled(vary)).filter(([, detail]) => detail.includes('did you mean path?'))
  expect(guessed.length).toBe(5)
})

test('names that objects inherit are not the model’s', () => {
  expect(faults(sampled({ constructor: { uniform: [0, 1] } }))[0]![1]).toContain('no such parameter')
})

const WITHIN = "within the parameter's range, from 0 to 1"
const HINT = '"truncate": "range" cuts it to the range (with --vary: :truncate behind it)'

test.each([
  [{ uniform: [0.5, 2] }, 'k.uniform', `${WITHIN}: this goes from 0.5 to 2; ${HINT}`],
  [{ beta: [2, 2, -1, 1] }, 'k.beta', `${WITHIN}: this goes from -1 to 1; ${HINT}`],
  [{ normal: [0.5, 0.1] }, 'k.normal', `${WITHIN}: this goes without bounds; ${HINT}`],
  [{ gamma: [2, 0.1] }, 'k.gamma', `${WITHIN}: this goes from 0 without an upper bound; ${HINT}`],
  [{ lognormal: [-3, 1] }, 'k.lognormal', `${WITHIN}: this goes from 0 without an upper bound; ${HINT}`],
  [{ normal: [0.5, 1], truncate: [0, 1.5] }, 'k.truncate', `"range", or an interval ${WITHIN}`],
])('beyond the range: %j', (spec, path, detail) => {
  expect(faults(sampled({ k: spec }))).toEqual([[`design.vary.${path}`, detail]])
})

test.each([
  { uniform: [0, 1] },
  { uniform: [0.5, 2], truncate: 'range' },
  { uniform: [0.5, 0.6], truncate: [-3, 3] },
  { normal: [0.5, 0.1], truncate: 'range' },
  { normal: [0.5, 0.1], truncate: [0.4, 0.6] },
  { lognormal: [-3, 1], truncate: 'range' },
])('within the range: %j', (spec) => {
  expect(faults(sampled({ k: spec }))).toEqual([])
})

test('"range" is kept as numbers', () => {
  const { design } = pinned(sampled({ k: { normal: [0.5, 0.1], truncate: 'range' } }))
  expect(design).toMatchObject({
    dimensions: [{ name: 'k', distribution: { kind: 'normal', numbers: [0.5, 0.1], truncate: [0, 1] } }],
  })
})

const MILLIONTH = 'an interval that holds more than a millionth of the distribution, not from'

test.each([
  [
    { x1: { normal: [0, 1], truncate: 'range' } },
    'x1.truncate',
    '[low, high]: the manifest gives this parameter no range',
  ],
  [{ x1: { normal: [0, 1], truncate: [9, 10] } }, 'x1.truncate', `${MILLIONTH} 9 to 10`],
  [{ x1: { uniform: [0, 1], truncate: [1, 2] } }, 'x1.truncate', `${MILLIONTH} 1 to 2`],
  [{ k: { uniform: [2, 3], truncate: 'range' } }, 'k.truncate', `${MILLIONTH} 0 to 1`],
  [{ x1: { lognormal: [0, 1000] } }, 'x1.lognormal', 'numbers whose values are finite: these are too large'],
  [
    { x1: { uniform: [-1e308, 1e308] } },
    'x1.uniform',
    'numbers whose values are finite: these are too large',
  ],
  [{ x1: { gamma: [0.001, 1] } }, 'x1.gamma', 'a shape from 0.05 to 1000000'],
  [{ x1: { gamma: [1e7, 1] } }, 'x1.gamma', 'a shape from 0.05 to 1000000'],
  [{ x1: { beta: [2, 1e9] } }, 'x1.beta', 'a and b from 0.05 to 1000000'],
  [{ n: { uniform: [0.2, 0.8] } }, 'n.uniform', 'with a whole number in it: there is none from 0.2 to 0.8'],
  [
    { n: { normal: [0, 1], truncate: [0.2, 0.8] } },
    'n.truncate',
    'with a whole number in it: there is none from 0.2 to 0.8',
  ],
  [
    { n: { normal: [0, 1e300] } },
    'n.normal',
    'whole numbers of at most 9007199254740991: larger ones are not exact',
  ],
  [{ path: { uniform: [0, 1] } }, 'path.uniform', 'values: path is a string, and takes only a list'],
  [{ snow: { normal: [0, 1] } }, 'snow.normal', 'values: snow is a boolean, and takes only a list'],
  [
    { 'input.soil': { gamma: [2, 1] } },
    'input.soil.gamma',
    'values: input.soil is an input, and takes only a list',
  ],
  [{ path: { values: ['C3', 'C5'] } }, 'path.values.1', 'one of C3, C4, CAM'],
  [{ snow: { values: [0] } }, 'snow.values.0', 'true or false'],
  [{ n: { values: [1, 1.5] } }, 'n.values.1', 'a whole number'],
  [{ k: { values: [0.5, 1.5] } }, 'k.values.1', 'a number from 0 to 1 d-1'],
  [{ k: { values: [{ url: 'file:///a' }] } }, 'k.values.0', 'a value of the parameter'],
  [{ 'input.soil': { values: [3] } }, 'input.soil.values.0', expect.stringContaining('a URL')],
  [{ 'input.soil': { values: ['soil.csv'] } }, 'input.soil.values.0', expect.stringContaining('a URL')],
])('what is wrong has its place: %j', (vary, path, detail) => {
  expect(faults(sampled(vary))).toEqual([[`design.vary.${path}`, detail]])
})

test.each([
  [{ k: { linspace: [0, 2, 5] } }, 'k.linspace', 'a number from 0 to 1 d-1'],
  [{ n: { linspace: [0, 1, 11] } }, 'n.linspace', 'a whole number at each level: one of these is 0.1'],
  [
    { n: { logspace: [1, 1000, 3] } },
    'n.logspace',
    'a whole number at each level: one of these is 31.6227766016838',
  ],
  [{ path: { linspace: [0, 1, 2] } }, 'path.linspace', 'values: path is a string, and takes only a list'],
  [{ layers: { values: [1, 21] } }, 'layers.values.1', 'a whole number from 1 to 20'],
])('levels: %j', (vary, path, detail) => {
  expect(faults({ kind: 'grid', vary })).toEqual([[`design.vary.${path}`, detail]])
})

test('whole levels of an integer are right', () => {
  expect(
    pinned({ kind: 'grid', vary: { n: { linspace: [10, 0, 6] }, layers: { logspace: [1, 16, 5] } } }).members,
  ).toBe(30)
})

test('too many members, and how many they would be', () => {
  const long = { linspace: [0, 1, 10000] }
  expect(faults({ kind: 'grid', vary: { x1: long, x2: long, x3: long } })).toEqual([
    ['design.vary', 'at most 100000000 members: the product of the levels would be 1000000000000'],
  ])
  expect(faults({ kind: 'grid', vary: { x1: long, x2: long, x3: long, k: long, zz: long } })).toEqual([
    ['design.vary.zz', expect.stringContaining('no such parameter')],
    ['design.vary', 'at most 100000000 members: the product of the levels would be about 10^20'],
  ])
  const vary = { x1: { uniform: [0, 1] }, x2: { uniform: [0, 1] } }
  expect(faults({ kind: 'saltelli', samples: 2 ** 25, vary })).toEqual([
    ['design.samples', 'at most 100000000 members: 33554432 × (2 + 2) would be 134217728'],
  ])
})

test('more dimensions than the table of direction numbers has', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`)
  const wide = {
    parameters: Object.fromEntries(many(162).map((name) => [name, { type: 'number' as const }])),
    inputs: {},
  }
  const details = (kind: string, count: number) => {
    const vary = Object.fromEntries(many(count).map((name) => [name, { uniform: [0, 1] }]))
    const outcome = pinDesign(asked({ kind, samples: 8, vary }), wide, {})
    return 'errors' in outcome ? outcome.errors.map((each) => [each.path, each.detail]) : []
  }
  expect(details('sobol', 161)).toEqual([])
  expect(details('sobol', 162)).toEqual([
    ['design.vary', 'at most 161 names in a sobol design, not 162: its points have no more dimensions'],
  ])
  expect(details('saltelli', 80)).toEqual([])
  expect(details('saltelli', 81)).toEqual([
    ['design.vary', 'at most 80 names in a saltelli design, not 81: its points have no more dimensions'],
  ])
  expect(details('lhs', 162)).toEqual([])
})

test('one at a time needs a base', () => {
  const vary = {
    layers: { values: [1] },
    'input.drivers': { values: ['file:///a'] },
    'input.soil': { values: ['file:///b'] },
  }
  const missing = (where: string) =>
    `a name with a value in the base: the model has no default, so give one in ${where}`
  expect(faults({ kind: 'oat', vary })).toEqual([
    ['design.vary.input.drivers', missing('base.inputs')],
    ['design.vary.layers', missing('base.params')],
  ])
  const request = asked({ kind: 'oat', vary }, { inputs: { drivers: 'file:///c' } })
  expect(pinDesign(request, model, { layers: 2 })).toMatchObject({
    members: 4,
    design: {
      dimensions: [{ base: { url: 'file:///c' } }, { base: { url: 'file:///soil.csv' } }, { base: 2 }],
    },
  })
})

test('a table has the same columns in each row', () => {
  const rows = [{ n: 1, k: 0.1 }, { n: 2.5 }, { k: 3, n: 1, zz: 2 }, { k: 0, n: 0, zz: 1 }]
  expect(faults({ kind: 'table', rows })).toEqual([
    ['design.rows.2.zz', expect.stringContaining('no such parameter')],
    ['design.rows.1.k', 'missing: other rows have a value in this column'],
    ['design.rows.1.n', 'a whole number'],
    ['design.rows.2.k', 'a number from 0 to 1 d-1'],
  ])
  expect(faults({ kind: 'table', rows: [{}, {}] })).toEqual([
    ['design.rows', 'rows with at least one column'],
  ])
})

test('a table with many faults ends after some', () => {
  const first = Object.fromEntries(Object.keys(model.parameters).map((name) => [name, 'x']))
  const rows = [first, ...Array.from({ length: 4095 }, () => ({}))]
  expect(faults({ kind: 'table', rows }).length).toBeLessThan(1100)
})

test('what is worth knowing is said', () => {
  const vary = { x1: { uniform: [0, 1] }, x2: { uniform: [0, 1] }, x3: { uniform: [0, 1] } }
  expect(pinned({ kind: 'saltelli', samples: 1024, vary })).toMatchObject({
    members: 5120,
    notes: ['samples are base rows: 1024 × (3 + 2) = 5120 members'],
  })
  expect(pinned({ kind: 'sobol', samples: 1000, vary }).notes).toEqual([
    "Sobol' points are balanced where their number is a power of two: 1024 rather than 1000",
  ])
  expect(pinned({ kind: 'sobol', samples: 1024, vary }).notes).toEqual([])
})

test('what varies is told with unit and description', () => {
  expect(
    pinned(sampled({ k: { uniform: [0, 1] }, 'input.drivers': { values: ['file:///a'] } })).varied,
  ).toEqual([
    { name: 'input.drivers', type: 'input', description: 'weather' },
    { name: 'k', type: 'number', unit: 'd-1', description: 'turnover' },
  ])
})

test('a base value of what varies is said not to be used, but where oat starts from it', () => {
  const base = { params: { k: 0.2, n: 1 }, inputs: { drivers: 'file:///a.csv' } }
  const vary = { k: { values: [0.1, 0.3] }, 'input.drivers': { values: ['file:///b.csv'] } }
  const note = 'not used is what the base has for what varies: input.drivers, k'
  expect(pinned({ kind: 'grid', vary }, base).notes).toEqual([note])
  expect(pinned(sampled(vary), base).notes).toEqual([note])
  expect(pinned({ kind: 'table', rows: [{ k: 0.3 }] }, base).notes).toEqual([
    'not used is what the base has for what varies: k',
  ])
  expect(pinned({ kind: 'oat', vary }, base).notes).toEqual([])
  expect(pinned(sampled(vary)).notes).toEqual([])
})

test('what varies as the manifest says has its distribution, else its range, its choices, or both truths', () => {
  const manifest = { manifest: true }
  const vary = { k: manifest, layers: manifest, path: manifest, snow: manifest }
  const given = { kind: 'lhs', samples: 8, vary }
  const said = {
    k: { uniform: [0, 1] },
    layers: { uniform: [1, 20] },
    path: { values: ['C3', 'C4', 'CAM'] },
    snow: { values: [false, true] },
  }
  expect(pinned(given)).toEqual(pinned({ ...given, vary: said }))
  const distribution: Distribution = { normal: [0.5, 1], truncate: 'range' }
  const own = {
    ...model,
    parameters: { ...model.parameters, k: { ...model.parameters['k']!, distribution } },
  }
  const kOnly = { ...given, vary: { k: manifest } }
  expect(pinDesign(asked(kOnly), own, {})).toEqual(
    pinDesign(asked({ ...given, vary: { k: distribution } }), own, {}),
  )
})

test('what the manifest says nothing of must be told how it varies', () => {
  const manifest = { manifest: true }
  expect(faults({ kind: 'lhs', samples: 8, vary: { x1: manifest, 'input.drivers': manifest } })).toEqual([
    ['design.vary.x1.manifest', expect.stringContaining('neither one nor a range')],
    ['design.vary.input.drivers.manifest', expect.stringContaining('only a list')],
  ])
  for (const wrong of [
    {},
    { manifest: false },
    { manifest: true, uniform: [0, 1] },
    { manifest: true, truncate: 'range' },
  ])
    expect(() => asked({ kind: 'lhs', samples: 8, vary: { k: wrong } })).toThrow()
})
