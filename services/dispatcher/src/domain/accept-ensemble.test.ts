import { EnsembleRequest, type Model } from '@carya/contracts'
import { describe, expect, test } from 'vitest'
import { acceptEnsemble, ensembleAccepted } from './accept-ensemble.ts'
import { missingColumns, variedColumns } from './ensemble-table.ts'
import { askedFor, ENSEMBLE, sampleEnsemble } from './sample-ensemble.fixture.ts'
import { ensembleMessages } from './ensemble-messages.ts'
import { NO_MEMBERS } from './ensemble-record.ts'
import { model, START } from './sample.fixture.ts'

const asked = { id: ENSEMBLE, submitter: 'ann', at: START }
const faultsOf = (more: object, of: Model = model) => {
  const made = acceptEnsemble(askedFor(more), of, asked)
  return 'errors' in made ? made.errors.map(({ path, detail }): [string, string] => [path, detail]) : []
}
const lhs = (vary: object, samples = 10) => ({ design: { kind: 'lhs', samples, vary } })

describe('an accepted ensemble', () => {
  test('has all pinned that its members need, and a record that is as small for a million', () => {
    const { record, spec } = sampleEnsemble({}, { maxParallel: 3, priority: 2, key: 'k', labels: { a: 'b' } })
    expect(record).toMatchObject({
      state: 'running',
      members: 100,
      cursor: 0,
      round: 0,
      maxParallel: 3,
      priority: 2,
      key: 'k',
      labels: { a: 'b' },
      model: 'dalec@1.0.0',
      cost: { cpus: 2, memory: 64 * 2 ** 20 },
      results: 'none',
    })
    expect(spec).toMatchObject({
      base: { params: { years: 4, lai: 2, verbose: false, scheme: 'acm' } },
      varied: [{ name: 'lai', type: 'number', unit: 'm2 m-2' }],
      failure: { policy: 'continue' },
      timeout: 300,
      retries: 1,
    })
    const million = sampleEnsemble({}, lhs({ lai: { uniform: [1, 5] } }, 1_000_000))
    expect(million.record.members).toBe(1_000_000)
    expect(JSON.stringify(million).length).toBeLessThan(5000)
  })

  test('needs no value in the base for what its design gives, of parameters and of inputs', () => {
    const none = { base: {} }
    expect(faultsOf({ ...none, ...lhs({ years: { uniform: [1, 9] } }) })).toEqual([
      ['base.inputs.drivers', expect.stringMatching(/must be given|needs|required|missing/i)],
    ])
    const both = {
      years: { uniform: [1, 9] },
      'input.drivers': { values: ['https://d.example/1', 'https://d.example/2'] },
    }
    expect(faultsOf({ ...none, ...lhs(both) })).toEqual([])
  })

  test('says once what is worth knowing, and not of one that has ended', () => {
    const { record, spec } = sampleEnsemble(
      {},
      { design: { kind: 'saltelli', samples: 8, vary: { lai: { uniform: [1, 5] } } } },
    )
    expect(record.members).toBe(24)
    const notes = ['samples are base rows: 8 × (1 + 2) = 24 members']
    expect(ensembleAccepted(record, spec, false)).toMatchObject({ members: 24, notes, duplicate: false })
    expect(ensembleAccepted({ ...record, state: 'partial' }, spec, true)).not.toHaveProperty('notes')
  })
})

describe('a bad request', () => {
  test('is told every fault at once, each at its place in the request', () => {
    const faults = faultsOf({
      base: { params: { lai: 99, yeras: 3, verbose: 'no' }, inputs: { divers: 'file:///d' } },
      design: {
        kind: 'lhs',
        samples: 10,
        vary: { lia: { uniform: [1, 5] }, lai: { uniform: [0, 5] }, scheme: { values: ['acm', 'C4'] } },
      },
    })
    expect(faults.map(([path]) => path).toSorted()).toEqual([
      'base.inputs.divers',
      'base.inputs.drivers',
      'base.params.lai',
      'base.params.verbose',
      'base.params.years',
      'base.params.yeras',
      'design.vary.lai.uniform',
      'design.vary.lia',
      'design.vary.scheme.values.1',
    ])
    expect(Object.fromEntries(faults)['design.vary.lia']).toMatch(/did you mean lai/)
  })

  test.each([
    [{ kind: 'table', url: 'file:///etc/passwd' }, 'design.url', /upload it/],
    [{ kind: 'table', rows: [{ lai: 1 }, { lai: 99 }] }, 'design.rows.1.lai', /from 0.1 to 10/],
    [{ kind: 'table', rows: [{ lai: 1 }, { years: 2 }] }, 'design.rows.0.years', /missing/],
    [
      { kind: 'grid', vary: { lai: { linspace: [1, 2, 10_000] }, years: { linspace: [1, 10_000, 10_000] } } },
      '',
      /^$/,
    ],
    [
      {
        kind: 'grid',
        vary: {
          lai: { linspace: [1, 2, 10_000] },
          years: { linspace: [1, 10_000, 10_000] },
          scheme: { values: ['acm', 'farquhar'] },
        },
      },
      'design.vary',
      /at most 100000000 members.*200000000/,
    ],
  ] as const)('%j', (design, path, detail) => {
    const faults = faultsOf({ design })
    if (path === '') expect(faults).toEqual([])
    else expect(faults).toEqual(expect.arrayContaining([[path, expect.stringMatching(detail)]]))
  })

  test('of a number that is none is found by its form', () => {
    for (const end of [NaN, Infinity, '5'])
      expect(
        EnsembleRequest.safeParse({
          kind: 'ensemble',
          model: 'dalec',
          ...lhs({ lai: { uniform: [1, end] } }),
        }).success,
      ).toBe(false)
  })
})

describe('a table that is not read yet', () => {
  const design = { kind: 'table', url: 'https://data.example/rows.csv' }

  test('may have a column for each parameter and input, and must for what has no value otherwise', () => {
    const { record, spec } = sampleEnsemble({}, { design, base: {} })
    expect(record.state).toBe('checking')
    expect(record).not.toHaveProperty('members')
    const { columns, format } = spec.table!
    expect(format).toBe('csv')
    expect(columns.map(({ name, type, required }) => [name, type, required])).toEqual([
      ['lai', 'number', false],
      ['years', 'integer', true],
      ['verbose', 'boolean', false],
      ['scheme', 'string', false],
      ['input.drivers', 'input', true],
      ['input.soil', 'input', false],
    ])
    expect(missingColumns(columns, ['lai', 'years']).map(({ path }) => path)).toEqual([
      'design.url: column input.drivers',
    ])
    expect(missingColumns(columns, ['years', 'input.drivers'])).toEqual([])
    expect(variedColumns(columns, ['years', 'lai', 'index'])).toEqual([
      { name: 'years', type: 'integer' },
      { name: 'lai', type: 'number', unit: 'm2 m-2' },
    ])
  })

  test('lacks nothing that the base gives', () => {
    const { spec } = sampleEnsemble({}, { design })
    expect(spec.table!.columns.filter(({ required }) => required)).toEqual([])
  })

  test.each([
    ['https://data.example/rows.PARQUET', undefined, 'parquet'],
    ['https://data.example/rows.pq', undefined, 'parquet'],
    ['https://data.example/rows', undefined, 'csv'],
    ['https://data.example/rows', 'parquet', 'parquet'],
  ])('%s with the format %s is read as %s', (url, format, read) => {
    const { spec } = sampleEnsemble({}, { design: { kind: 'table', url, ...(format ? { format } : {}) } })
    expect(spec.table!.format).toBe(read)
  })
})

describe('what is told of an ensemble', () => {
  const { record, spec } = sampleEnsemble({ replies: [{ to: 'reply.ann.x', correlationId: 'c' }] })
  const scene = { spec, facts: NO_MEMBERS, out: { queued: 0, running: 0 } }
  const told = (before: typeof record | undefined, after: typeof record) =>
    ensembleMessages(before, after, scene, 'test', START).map(({ type, lane }) => `${lane} ${type}`)
  const ended = { ...record, version: 9, state: 'partial' as const, endedAt: START }

  test('is its state when that changes, and its end to who asked, with its lasting record', () => {
    expect(told(undefined, record)).toEqual(['world carya.ensemble.running', 'records ensemble.json'])
    expect(told(record, { ...record, version: 2, cursor: 9 })).toEqual([])
    expect(told(record, { ...record, state: 'paused' })).toEqual([
      'world carya.ensemble.paused',
      'records ensemble.json',
    ])
    // what somebody has decided lasts, and is no event
    expect(told(record, { ...record, priority: 3 })).toEqual(['records ensemble.json'])
    expect(told(record, ended)).toEqual([
      'world carya.ensemble.partial',
      'world ensemble.partial',
      'records ensemble.json',
    ])
    expect(told({ ...record, round: 1 }, { ...ended, round: 1 })).toEqual([
      'world carya.ensemble.partial',
      'records ensemble.json',
    ])
  })

  test('shows no rows of a table, of which there may be a MiB', () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({ lai: 1 + i / 1000 }))
    const table = sampleEnsemble({}, { design: { kind: 'table', rows } })
    const [event, lasting] = ensembleMessages(
      undefined,
      table.record,
      { ...scene, spec: table.spec },
      'test',
      START,
    )
    expect(JSON.stringify(event!.body).length).toBeLessThan(1000)
    expect(lasting!.body).toMatchObject({ design: { kind: 'table', columns: [{ name: 'lai' }] } })
    expect(lasting!.body).not.toHaveProperty('design.rows')
    expect(lasting!.body).toHaveProperty('spec.design.rows')
  })
})
