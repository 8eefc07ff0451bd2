import type { Model } from '@carya/contracts'
import { compileDesign } from '@carya/ensemble'
import { describe, expect, test } from 'vitest'
import { acceptEnsemble } from './accept-ensemble.ts'
import { ensembleView, NO_MEMBERS } from './ensemble-record.ts'
import { endedView, newMember, rowOf } from './member.ts'
import { askedFor, ENSEMBLE } from './sample-ensemble.fixture.ts'
import { model as one, START } from './sample.fixture.ts'

/** The second version: another image, command, set-up and default, a parameter more, and it asks for more. */
const two: Model = {
  ...one,
  version: '2.0.0',
  image: { ...one.image, name: 'carya/dalec:2.0.0', digest: `sha256:${'b'.repeat(64)}` },
  manifest: {
    ...one.manifest,
    version: '2.0.0',
    command: ['dalec2'],
    workdir: '/opt/dalec',
    files: { 'in.nml': { template: '&dalec years={{ params.years }} snow={{ params.snow }} /\n' } },
    parameters: {
      ...one.manifest.parameters,
      lai: { type: 'number', default: 3, range: [0, 8] },
      snow: { type: 'boolean', default: true },
    },
    resources: { cpus: 1, memory: '128MiB' },
    timeout: '9m',
    metrics: { nee: { unit: 'g C m-2' } },
  },
}
const other: Model = { ...two, name: 'other', version: '3.0.0' }
const registered = [two, one, other]
const asked = { id: ENSEMBLE, submitter: 'ann', at: START }
const names = { values: ['1.0.0', '2.0.0'] }

function accept(design: object, more: object = {}, known: readonly Model[] = registered) {
  return acceptEnsemble(askedFor({ design, ...more }), one, asked, known)
}
function made(...given: Parameters<typeof accept>) {
  const outcome = accept(...given)
  if ('errors' in outcome) throw new Error(JSON.stringify(outcome.errors))
  const { record, spec } = outcome
  const values = compileDesign(spec.design)
  return { record, spec, member: (index: number) => newMember(record, spec, index, values(index)) }
}
function faults(...given: Parameters<typeof accept>) {
  const outcome = accept(...given)
  return 'errors' in outcome ? outcome.errors.map(({ path, detail }) => [path, detail]) : []
}

describe('members of an ensemble over versions', () => {
  const { record, spec, member } = made({
    kind: 'grid',
    vary: { '@version': names, years: { values: [1, 2] } },
  })

  test('are each made of what their own version is', () => {
    expect(record).toMatchObject({ members: 4, model: 'dalec' })
    const [first, third] = [member(0), member(2)]
    expect(first).toMatchObject({ model: 'dalec@1.0.0', image: one.image, params: { years: 1, lai: 2 } })
    expect(first).not.toHaveProperty('command')
    expect(first).not.toHaveProperty('setup')
    expect(first.params).not.toHaveProperty('snow')
    expect(third).toMatchObject({
      model: 'dalec@2.0.0',
      image: two.image,
      command: ['dalec2'],
      setup: { workdir: '/opt/dalec' },
      params: { years: 1, lai: 3, snow: true },
    })
    for (const each of [first, third]) expect(each.params).not.toHaveProperty('@version')
  })

  test('go to hosts that allow what each of the versions asks', () => {
    const asking = { ...two, manifest: { ...two.manifest, isolation: { network: 'outbound' as const } } }
    const over = { kind: 'grid', vary: { '@version': names, years: { values: [1, 2] } } }
    expect(record).not.toHaveProperty('asks')
    expect(made(over, {}, [asking, one]).record.asks).toEqual([
      { model: 'dalec@2.0.0', isolation: { network: 'outbound' } },
    ])
  })

  test('have the largest limits of all versions', () => {
    const limits = { resources: { cpus: 2, memory: 128 * 2 ** 20 }, timeout: 540, retries: 1 }
    expect(member(0)).toMatchObject(limits)
    expect(member(2)).toMatchObject(limits)
    expect(record.cost).toEqual(limits.resources)
  })

  test('say their version in their rows, and are known by these again', () => {
    const ended = { ...member(3), state: 'succeeded' as const, startedAt: START, endedAt: START }
    const row = rowOf(ended)
    expect(row.params).toEqual({ '@version': '2.0.0', years: 2 })
    const { image, command, files, params, model: ref } = endedView(record, spec, row)
    expect({ image, command, files, params, model: ref }).toEqual({
      files: [{ path: 'in.nml', content: '&dalec years=2 snow=true /\n' }],
      image: two.image,
      command: ['dalec2'],
      params: ended.params,
      model: 'dalec@2.0.0',
    })
  })

  test('stand in an ensemble that shows which images they run, and declares what all of them do', () => {
    const view = ensembleView(record, spec, NO_MEMBERS, { queued: 0, running: 0 })
    expect(view).toMatchObject({
      model: 'dalec',
      versions: { '1.0.0': { image: one.image }, '2.0.0': { image: two.image } },
      varied: [{ name: '@version', type: 'string' }, { name: 'years' }],
    })
    expect(spec.metrics).toEqual({ nee: { unit: 'g C m-2' } })
  })
})

test.each([
  [{ kind: 'random', samples: 50, vary: { '@version': names } }],
  [{ kind: 'lhs', samples: 50, vary: { '@version': { ...names, weights: [1, 3] } } }],
  [{ kind: 'sobol', samples: 32, vary: { '@version': names, years: { uniform: [1, 9] } } }],
  [{ kind: 'table', rows: [{ '@version': '2.0.0' }, { '@version': '1.0.0' }] }],
])('versions vary in %j', (design) => {
  const { record, member } = made(design)
  const all = Array.from({ length: record.members! }, (_, index) => member(index).model)
  expect(new Set(all)).toEqual(new Set(['dalec@1.0.0', 'dalec@2.0.0']))
})

test('one at a time they begin with the version that was asked, and its defaults', () => {
  const { spec, member } = made({
    kind: 'oat',
    vary: { '@version': { values: ['2.0.0'] }, lai: { values: [5] } },
  })
  const members = [0, 1, 2].map((index) => [member(index).model, member(index).params['lai']])
  expect(members).toEqual([
    ['dalec@1.0.0', 2],
    ['dalec@2.0.0', 2],
    ['dalec@1.0.0', 5],
  ])
  expect(Object.keys(spec.versions ?? {})).toEqual(['1.0.0', '2.0.0'])
})

test('only what is named is pinned, though another version was asked', () => {
  const { spec, member } = made({ kind: 'grid', vary: { '@version': { values: ['2.0.0'] } } })
  expect(Object.keys(spec.versions ?? {})).toEqual(['2.0.0'])
  expect([spec.image, member(0).image]).toEqual([two.image, two.image])
})

describe('refused is', () => {
  test('a version that is not registered, of this model', () => {
    const vary = { '@version': { values: ['1.0.0', '3.0.0'] } }
    expect(faults({ kind: 'grid', vary })).toEqual([['design.vary.@version.values.1', 'one of 2.0.0, 1.0.0']])
    expect(faults({ kind: 'grid', vary: { '@version': { linspace: [1, 2, 2] } } })).toEqual([
      ['design.vary.@version.linspace', expect.any(String)],
    ])
  })

  test('versions that are not named: each is pinned by itself', () => {
    const vary = { '@version': { manifest: true } }
    expect(faults({ kind: 'lhs', samples: 8, vary })).toEqual([
      ['design.vary.@version.manifest', 'values: the versions of the model that are to run'],
    ])
  })

  test('a saltelli design', () => {
    expect(faults({ kind: 'saltelli', samples: 8, vary: { '@version': names } })).toEqual([
      ['design.vary.@version', expect.stringContaining('not in a saltelli design')],
    ])
  })

  test('what does not fit one of the versions, which is named', () => {
    const vary = { '@version': names, lai: { values: [9] }, snow: { values: [true] } }
    expect(
      faults({ kind: 'grid', vary }, { base: { params: { years: 1.5 }, inputs: { drivers: 'file:///d' } } }),
    ).toEqual([
      ['base.params.years', 'a whole number'],
      ['design.vary.snow', expect.stringMatching(/^in version 1\.0\.0: no such parameter/)],
      ['design.vary.lai.values.0', 'in version 2.0.0: a number from 0 to 8'],
    ])
  })

  test('a parameter that is another thing in another version', () => {
    const parameters = { ...two.manifest.parameters, lai: { type: 'integer' as const, default: 3 } }
    const third = { ...two, manifest: { ...two.manifest, parameters } }
    expect(
      faults({ kind: 'grid', vary: { '@version': names, lai: { values: [4] } } }, {}, [one, third]),
    ).toEqual([['design.vary.lai', expect.stringMatching(/same type in all versions.*1\.0\.0 and 2\.0\.0/)]])
    const cut = { normal: [4, 1], truncate: 'range' }
    expect(faults({ kind: 'lhs', samples: 8, vary: { '@version': names, lai: cut } })).toEqual([
      ['design.vary.lai', expect.stringMatching(/cut to the same range/)],
    ])
  })

  test('a metric or a series that is another thing in another version', () => {
    const with1 = { ...one, manifest: { ...one.manifest, metrics: { nee: { unit: 'kg m-2' } } } }
    const outcome = acceptEnsemble(
      askedFor({ design: { kind: 'grid', vary: { '@version': names } } }),
      with1,
      asked,
      [with1, two],
    )
    expect(outcome).toMatchObject({ errors: [{ path: 'model', value: 'metric nee' }] })
  })
})
