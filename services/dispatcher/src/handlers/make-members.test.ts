import { expect, test } from 'vitest'
import { sampleEnsemble } from '../domain/sample-ensemble.fixture.ts'
import type { EnsembleSpec } from '../domain/ensemble-record.ts'
import type { Fresh } from '../domain/ensemble-line.ts'
import { memberId } from '../domain/member.ts'
import { START } from '../domain/sample.fixture.ts'
import type { TableRows } from '../ensemble-ports.ts'
import { makeMembers } from './make-members.ts'

const clock = { now: () => 0, iso: () => START }
const url = 'https://data.example/rows.csv'

/** An ensemble of a table in a file with so many rows, and what was read of it. */
function ofTable(rows: number | 'gone') {
  const { record, spec } = sampleEnsemble({ members: 1_000_000 }, { design: { kind: 'table', url } })
  const reads: [from: number, count: number][] = []
  const tables: TableRows = {
    async read(_id, from, count) {
      reads.push([from, count])
      if (rows === 'gone') return { unreadable: 'no such file' }
      const there = Array.from({ length: Math.min(count, rows - from) }, (_, i) => from + i)
      return { rows: there.map((i) => ({ lai: i, 'input.drivers': `https://data.example/${i}` })) }
    },
  }
  const fresh = (index: number, isAgain = false): Fresh => ({ ensemble: record, index, isAgain })
  const make = makeMembers({ ensembles: { spec: async () => spec }, tables, clock })
  return { id: record.id, reads, fresh, make }
}

test('members of a table are read in stretches, however far apart those are that run again', async () => {
  const { id, reads, fresh, make } = ofTable(1_000_000)
  const made = await make([fresh(2, true), fresh(999_999, true), fresh(7), fresh(8), fresh(9)])
  expect(reads.toSorted(([one], [other]) => one - other)).toEqual([
    [2, 1],
    [7, 3],
    [999_999, 1],
  ])
  expect([...made.keys()]).toEqual([2, 999_999, 7, 8, 9].map((index) => memberId(id, index)))
  expect(made.get(memberId(id, 8))).toMatchObject({
    state: 'pending',
    params: { lai: 8, years: 4 },
    inputs: { drivers: { url: 'https://data.example/8' } },
  })
})

test('members whose rows cannot be read end as failed, and only they', async () => {
  const short = ofTable(8)
  const made = [...(await short.make([7, 8].map((index) => short.fresh(index)))).values()]
  expect(made).toMatchObject([
    { index: 7, state: 'pending' },
    { index: 8, state: 'failed', failure: { kind: 'input_unavailable' }, endedAt: START },
  ])
  const gone = ofTable('gone')
  const [lost] = (await gone.make([gone.fresh(3)])).values()
  expect(lost).toMatchObject({
    state: 'failed',
    failure: { detail: expect.stringContaining('no such file') },
  })
})

test('a member is the same whenever and beside whichever others it is made', async () => {
  const { record, spec } = sampleEnsemble()
  const kept: EnsembleSpec = JSON.parse(JSON.stringify(spec))
  const tables: TableRows = { read: () => Promise.reject(new Error('no table')) }
  const make = async (of: EnsembleSpec, indices: number[]) => {
    const some = indices.map((index): Fresh => ({ ensemble: record, index, isAgain: false }))
    return makeMembers({ ensembles: { spec: async () => of }, tables, clock })(some)
  }
  const all = await make(spec, [0, 1, 2, 3])
  const one = await make(kept, [2])
  expect(one.get(memberId(record.id, 2))).toEqual(all.get(memberId(record.id, 2)))
  expect(new Set([...all.values()].map(({ params }) => params['lai'])).size).toBe(4)
})

test('members have their files rendered, each with its own values; one whose would be too long ends as failed', async () => {
  const { record, spec } = sampleEnsemble({ members: 100 })
  const template = '{{ params.lai | fixed: 1 }} {{ params.scheme }}\n'
  const scheme = 'x'.repeat(4000)
  const made = (more: Partial<EnsembleSpec>) =>
    makeMembers({
      ensembles: { spec: async () => ({ ...spec, ...more }) },
      tables: { read: () => Promise.reject(new Error('no table')) },
      clock,
    })([0, 1].map((index) => ({ ensemble: record, index, isAgain: false })))
  const templates = { files: [{ path: 'in.txt', template }], command: ['/m', '{{ params.lai }}'] }
  const few = [...(await made({ templates })).values()]
  expect(new Set(few.map(({ params }) => params['lai'])).size).toBe(2)
  for (const { params, files, command, state } of few) {
    const lai = Number(params['lai'])
    expect(state).toBe('pending')
    expect(command).toEqual(['/m', `${lai}`])
    expect(files).toEqual([{ path: 'in.txt', content: `${lai.toFixed(1)} acm\n` }])
  }
  const base = { ...spec.base, params: { ...spec.base.params, scheme } }
  const many = { files: [{ path: 'in.txt', template: template.repeat(100) }] }
  const long = [...(await made({ templates: many, base })).values()]
  expect(long).toMatchObject([
    { state: 'failed', failure: { detail: expect.stringContaining('256 KiB') }, files: [] },
    { state: 'failed' },
  ])
  // its row says what it would have run with
  expect(long.map(({ params }) => params['lai'])).toEqual(few.map(({ params }) => params['lai']))
})
