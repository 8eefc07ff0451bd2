import { constantFrom, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { compileDesign } from './compile.ts'
import golden from './members.golden.json' with { type: 'json' }
import { membersOf, model, numbersOf, pinned } from './model.fixture.ts'

/**
 * Members that were made once must come out the same for ever: nothing in the golden file may change. New kinds are
 * added to it.
 */
test.each(golden)('members as they have always been: $name', ({ design, base, first, last }) => {
  const outcome = pinned(design, base)
  const member = compileDesign(JSON.parse(JSON.stringify(outcome.design)))
  expect(first.map((_, index) => member(index))).toEqual(first)
  expect(member(outcome.members! - 1)).toEqual(last)
})

const vary = {
  x1: { normal: [0, 1] },
  k: { uniform: [0.1, 0.5] },
  'input.drivers': { values: ['file:///a.csv', 'file:///b.csv'] },
  layers: { uniform: [1, 20] },
}
const kinds = ['random', 'lhs', 'sobol', 'saltelli'] as const

test.each(kinds)('the order of names changes nothing: %s', (kind) => {
  const turned = Object.fromEntries(Object.entries(vary).toReversed())
  const [one, other] = [vary, turned].map((each) => pinned({ kind, samples: 16, seed: 3, vary: each }))
  expect(JSON.stringify(one)).toBe(JSON.stringify(other))
  expect(one!.varied.map(({ name }) => name)).toEqual(['input.drivers', 'k', 'layers', 'x1'])
})

test('any member can be had in any order', () => {
  const designs = kinds.map((kind) => pinned({ kind, samples: 64, seed: 9, vary }))
  const all = designs.map(membersOf)
  assert(
    property(constantFrom(0, 1, 2, 3), integer({ min: 0, max: 63 }), (at, index) => {
      expect(compileDesign(designs[at]!.design)(index)).toEqual(all[at]![index])
    }),
  )
})

test.each(kinds)('seeds make different members: %s', (kind) => {
  const [one, other] = [1, 2].map((seed) => membersOf(pinned({ kind, samples: 16, seed, vary })))
  const same = one!.filter(({ params }, index) => params['x1'] === other![index]!.params['x1'])
  expect(same).toEqual([])
})

test.each([1, 7, 100, 1000])(
  'a Latin hypercube of %d has one in each stratum of each dimension',
  (samples) => {
    const members = membersOf(
      pinned({ kind: 'lhs', samples, seed: 5, vary: { x1: { uniform: [0, 1] }, x2: { uniform: [0, 1] } } }),
    )
    for (const name of ['x1', 'x2']) {
      const strata = numbersOf(members, name).map((value) => Math.floor(value * samples))
      expect(new Set(strata).size).toBe(samples)
    }
  },
)

test('the last members of the largest Latin hypercube are as good as the first', () => {
  const { design } = pinned({ kind: 'lhs', samples: 1e8, seed: 1, vary: { x1: { normal: [0, 1] } } })
  const member = compileDesign(design)
  for (let index = 1e8 - 100; index < 1e8; index += 1)
    expect(Number.isFinite(member(index).params['x1'])).toBe(true)
})

test('a grid has every combination once', () => {
  const members = membersOf(
    pinned({
      kind: 'grid',
      vary: { k: { linspace: [0, 1, 11] }, path: { values: ['C3', 'C4'] }, snow: { values: [true, false] } },
    }),
  )
  expect(members.length).toBe(44)
  expect(new Set(members.map((each) => JSON.stringify(each))).size).toBe(44)
  expect([...new Set(numbersOf(members, 'k'))]).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
})

test('one at a time: the base, then each level while the others stay', () => {
  const members = membersOf(
    pinned(
      {
        kind: 'oat',
        vary: {
          k: { values: [0.1, 0.9] },
          n: { values: [5] },
          'input.drivers': { values: ['file:///b.csv'] },
        },
      },
      { inputs: { drivers: 'file:///a.csv' } },
    ),
  )
  const [a, b] = [{ drivers: { url: 'file:///a.csv' } }, { drivers: { url: 'file:///b.csv' } }]
  expect(members).toEqual([
    { params: { k: 0.5, n: 3 }, inputs: a },
    { params: { k: 0.5, n: 3 }, inputs: b },
    { params: { k: 0.1, n: 3 }, inputs: a },
    { params: { k: 0.9, n: 3 }, inputs: a },
    { params: { k: 0.5, n: 5 }, inputs: a },
  ])
})

test('rows of a saltelli design: A, then A with one column of B, then B', () => {
  const members = membersOf(
    pinned({ kind: 'saltelli', samples: 8, vary: { x1: { uniform: [0, 1] }, x2: { uniform: [0, 1] } } }),
  )
  for (let row = 0; row < 8; row += 1) {
    const [a, ab1, ab2, b] = members.slice(4 * row, 4 * row + 4).map(({ params }) => params)
    expect(ab1).toEqual({ x1: b!['x1'], x2: a!['x2'] })
    expect(ab2).toEqual({ x1: a!['x1'], x2: b!['x2'] })
    expect(a!['x1'] === b!['x1'] || a!['x2'] === b!['x2']).toBe(false)
  }
})

test('a table in a file has no rows here', () => {
  const { design, members } = pinned({ kind: 'table', url: 'https://example.org/rows.csv', format: 'csv' })
  expect(members).toBeUndefined()
  expect(() => compileDesign(design)).toThrow('in a file')
})

test('only what varies is in a member, each name as the manifest has it', () => {
  const [member] = membersOf(pinned({ kind: 'table', rows: [{ layers: 4, 'input.soil': 'file:///x' }] }))
  expect(member).toEqual({ params: { layers: 4 }, inputs: { soil: { url: 'file:///x' } } })
  expect(Object.keys(model.inputs)).toContain('soil')
})
