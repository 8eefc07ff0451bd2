/** Requests for ensembles: what is refused, with every fault at its place, and what is the same request again. */
import { MOST_MEMBERS } from '@carya/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Submitter } from '../../support/submitter.ts'
import { lhs, openSetting, type Setting } from './ensemble-setting.ts'

const stack = new AsyncDisposableStack()
let setting: Setting
let ann: Submitter

beforeAll(async () => {
  setting = stack.use(await openSetting())
  ann = await setting.submitter('ann')
})
afterAll(() => stack.disposeAsync())

type Fault = { path: string; value?: unknown; detail: string }
const faultsOf = (body: object): Fault[] => Reflect.get(body, 'errors')
const of = (vary: object, more: object = {}) => ({ kind: 'lhs', samples: 10, vary, ...more })
const raw = (design: string) => Buffer.from(`{"kind":"ensemble","model":"line","design":${design}}`)
const ask = (design: object, more: object = {}) => ({ kind: 'ensemble', model: 'line', design, ...more })
const manyNames = Object.fromEntries(
  Array.from({ length: 8 }, (_, i) => [`x${i}`, { linspace: [0, 1, 100] }]),
)

const wrong: [name: string, request: unknown, faults: [path: string, detail: RegExp][]][] = [
  [
    'a model nobody registered',
    { ...lhs(5), model: 'lime' },
    [['model', /no such model: did you mean line/]],
  ],
  [
    'faults in base and design at once',
    ask(of({ kk: { uniform: [1, 5] }, n: { uniform: [0, 90] } }), {
      base: { params: { k: 99, fial: true } },
    }),
    [
      ['base.params.fial', /did you mean fail/],
      ['base.params.k', /from 0 to 10/],
      ['design.vary.kk', /did you mean k\?/],
      ['design.vary.n.uniform', /within the parameter's range, from 0 to 9/],
    ],
  ],
  ['no samples', ask(of({ k: { uniform: [1, 5] } }, { samples: 0 })), [['design.samples', /from 1 to/]]],
  [
    'more members than may be',
    lhs(MOST_MEMBERS + 1),
    [['design.samples', new RegExp(`from 1 to ${MOST_MEMBERS}`)]],
  ],
  [
    'a grid of 10^12 members',
    ask({ kind: 'grid', vary: { k: { linspace: [0, 10, 10_000] }, n: { values: [1, 2] }, ...manyNames } }),
    [
      ...Object.keys(manyNames).map((name): [string, RegExp] => [`design.vary.${name}`, /no such parameter/]),
      ['design.vary', /at most 100000000 members.*10\^20/],
    ],
  ],
  [
    'base rows that are no power of two',
    ask({ kind: 'saltelli', samples: 100, vary: { k: { uniform: [1, 5] } } }),
    [['design.samples', /a power of two/]],
  ],
  [
    'an interval upside down',
    ask(of({ k: { uniform: [5, 1] } })),
    [['design.vary.k.uniform', /lower one first/]],
  ],
  [
    'two distributions of one name',
    ask(of({ k: { uniform: [1, 2], normal: [1, 1] } })),
    [['design.vary.k', /exactly one/]],
  ],
  [
    'a number that JSON has not',
    raw('{"kind":"lhs","samples":5,"vary":{"k":{"uniform":[1,1e999]}}}'),
    [['design.vary.k.uniform.1', /number/]],
  ],
  ['NaN', raw('{"kind":"lhs","samples":5,"vary":{"k":{"uniform":[1,NaN]}}}'), [['body', /JSON/]]],
  ['a design of no kind', ask({ kind: 'montecarlo' }), [['design.kind', /a design/]]],
  [
    'both rows and a URL',
    ask({ kind: 'table', rows: [{ k: 1 }], url: 'https://a.example/t.csv' }),
    [['design', /either rows, or the url/]],
  ],
  [
    'a table on the submitter’s disk',
    ask({ kind: 'table', url: 'file:///home/ann/rows.csv' }),
    [['design.url', /upload it/]],
  ],
  [
    'a bad cell in its rows',
    ask({ kind: 'table', rows: [{ k: 1 }, { k: 'x' }] }),
    [['design.rows.1.k', /number/]],
  ],
  [
    'a failure policy without its share',
    { ...lhs(5), failure: { policy: 'tolerate' } },
    [['failure.share', /a share from 0 to 1/]],
  ],
  ['no room for a member', { ...lhs(5), maxParallel: 0 }, [['maxParallel', /at least 1/]]],
]

describe('a bad request', () => {
  test.each(wrong)('with %s is told every fault', async (_name, request, expected) => {
    const answer = await ann.send(request).answer()
    expect(answer.type).toBe(
      Buffer.isBuffer(request) && /NaN/.test(request.toString()) ? 'run.rejected' : 'ensemble.rejected',
    )
    const faults = faultsOf(answer.body)
    expect(faults.map((each) => each.path).toSorted()).toEqual(expected.map(([path]) => path).toSorted())
    for (const [path, detail] of expected)
      expect(faults.find((each) => each.path === path)?.detail).toMatch(detail)
  })

  test('is told the same over HTTP, and by a preview, which leaves nothing', async () => {
    const request = ask(of({ kk: { uniform: [1, 5] } }))
    for (const path of ['/v1/ensembles', '/v1/ensembles/preview']) {
      const answer = await setting.call('POST', path, request)
      expect(answer.status).toBe(400)
      expect(faultsOf(answer.body)).toMatchObject([{ path: 'design.vary.kk' }])
    }
    const shown = await setting.call('POST', '/v1/ensembles/preview', lhs(1_000_000))
    expect(shown.body).toMatchObject({ members: 1_000_000, varied: [{ name: 'k', unit: 'd-1' }] })
    expect(Reflect.get(shown.body, 'first')).toHaveLength(10)
    expect((await setting.call('GET', '/v1/ensembles')).body.items).toEqual([])
  })
})

describe('the same request again', () => {
  test('is the same ensemble by its key, and its end comes to each who asked; another body is told', async () => {
    const keyed = lhs(20, { key: 'once' })
    const first = ann.send(keyed)
    const id = (await first.answer('ensemble.accepted')).body['id']
    const again = ann.send({ ...keyed })
    const doubled = await again.answer('ensemble.accepted')
    expect(doubled.body).toMatchObject({ id, duplicate: true, members: 20 })
    for (const asked of [first, again])
      expect((await asked.answer('ensemble.succeeded')).body).toMatchObject({ id })
    // who asks when all is over gets the end at once
    expect((await ann.send(keyed).answer('ensemble.succeeded')).body).toMatchObject({ id })
    const other = await ann.send(lhs(21, { key: 'once' })).answer()
    expect(other).toMatchObject({ type: 'ensemble.rejected', body: { errors: [{ path: 'key' }] } })
    // a key is a submitter's own
    const bob = await setting.submitter('bob')
    const his = await bob.send(keyed).answer('ensemble.accepted')
    expect(his.body['id']).not.toBe(id)
  })

  test('is the same by its message id, and over HTTP answered with 200', async () => {
    const one = await ann.send(lhs(5), { messageId: 'm1' }).answer('ensemble.accepted')
    const two = await ann.send(lhs(5), { messageId: 'm1' }).answer('ensemble.accepted')
    expect(two.body).toMatchObject({ id: one.body['id'], duplicate: true })
    const keyed = lhs(5, { key: 'http' })
    const made = await setting.call('POST', '/v1/ensembles', keyed)
    const known = await setting.call('POST', '/v1/ensembles', keyed)
    expect([made.status, known.status, known.body.id]).toEqual([201, 200, made.body.id])
    expect((await setting.call('POST', '/v1/ensembles', lhs(6, { key: 'http' }))).status).toBe(400)
  })

  test('a key of a run is no ensemble’s, and an ensemble’s no run’s', async () => {
    await ann.send({ kind: 'run', model: 'line', key: 'runs' }).answer('run.accepted')
    expect(await ann.send(lhs(5, { key: 'runs' })).answer()).toMatchObject({
      type: 'ensemble.rejected',
      body: { errors: [{ path: 'key' }] },
    })
    await ann.send(lhs(5, { key: 'theirs' })).answer('ensemble.accepted')
    expect(await ann.send({ kind: 'run', model: 'line', key: 'theirs' }).answer()).toMatchObject({
      type: 'run.rejected',
      body: { errors: [{ path: 'key' }] },
    })
  })
})
