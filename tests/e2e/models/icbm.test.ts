/**
 * ICBM in two versions, each of which needs another NumPy: side by side on one host, each with its own, and neither of
 * them with the other's.
 */
import { attemptFolder } from '@carya/contracts'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  columnsOf,
  exampleStack,
  folderOf,
  manifestOf,
  type ExampleStack,
  type Outcome,
} from '../../support/example-models.ts'
import { ensemblesOf } from '../../support/ensembles.ts'
import { until } from '../../support/until.ts'
import { integrate, steadyState, treatments, type Icbm } from './icbm.ts'

const versions = ['1.0.0', '2.0.0'] as const
type Version = (typeof versions)[number]
const numpy = { '1.0.0': /^numpy 1\.24\.\d+\n$/, '2.0.0': /^numpy 2\.2\.\d+\n$/ }

const stack = new AsyncDisposableStack()
let examples: ExampleStack
beforeAll(async () => {
  examples = stack.use(await exampleStack(versions.map((version) => `icbm/${version}`)))
})
afterAll(() => stack.disposeAsync())

const run = async (version: Version, params = {}): Promise<Outcome> =>
  examples.ended(await examples.submit({ model: `icbm@${version}`, params }))

/** By how much two numbers differ, as a share of the second. */
const miss = (found: number, expected: number) => Math.abs(found - expected) / Math.abs(expected)

describe.each(versions)('version %s', (version) => {
  test('gives what its manifest says of its example, and names its library', async () => {
    const { test: example, metrics } = await manifestOf(`icbm/${version}`)
    const { view, output } = await run(version)
    expect(view).toMatchObject({ state: 'succeeded', model: `icbm@${version}` })
    expect(Object.keys(view.metrics ?? {})).toEqual(Object.keys(metrics))
    for (const [name, expected] of Object.entries(example?.metrics ?? {}))
      expect(miss(view.metrics?.[name] ?? NaN, expected), name).toBeLessThan(1e-9)
    expect(await output('library.txt')).toMatch(numpy[version])
  })

  test.each(Object.entries(treatments))('solves the equations: %s', async (_, treatment) => {
    const params = { ...treatment, years: 20 }
    const found = columnsOf(await (await run(version, params)).output('icbm.csv'))
    const expected = integrate(params)
    expect(found['year']).toEqual(Array.from({ length: 21 }, (_year, year) => year))
    for (const name of ['young', 'old', 'total', 'respiration'] as const)
      for (const [year, value] of expected[name].entries())
        expect(found[name]?.[year], `${name} after ${year} years`).toBeCloseTo(value, 9)
  })

  test('comes to rest where the paper says, and all carbon is accounted for', async () => {
    const params: Icbm = { ...treatments['+N +straw'], years: 1000 }
    const { metrics = {} } = (await run(version, { ...params, k2: 0.03 })).view
    const { young, old } = steadyState({ ...params, k2: 0.03 })
    expect(miss(metrics['young_final']!, young)).toBeLessThan(1e-9)
    expect(miss(metrics['old_final']!, old)).toBeLessThan(1e-9)
    expect(miss(metrics['total_steady']!, young + old)).toBeLessThan(1e-9)
    // the trapezoidal rule over tenths of a year misses little
    expect(metrics['respired']! + metrics['total_change']!).toBeCloseTo(params.input * params.years, 2)
  })
})

test('both run at the same time on one host, each with its own NumPy, and agree', async () => {
  // they wait inside of their containers, so that neither can have ended before the other has begun
  const waiting = 'until [ -e go ]; do sleep 0.1; done; exec python3 /opt/icbm/icbm.py'
  const ids: string[] = []
  for (const version of versions) {
    const manifest = await manifestOf(`icbm/${version}`)
    await examples.register({ ...manifest, name: 'icbm-waiting', command: ['/bin/sh', '-c', waiting] })
    ids.push(await examples.submit({ model: `icbm-waiting@${version}` }))
  }
  const views = await until('both are running', async () => {
    const answers = await Promise.all(ids.map((id) => examples.call('GET', `/v1/runs/${id}`)))
    return answers.every(({ body }) => body.startedAt !== undefined) && answers.map(({ body }) => body)
  })
  for (const view of views) expect(view).toMatchObject({ state: 'running', attempts: [{ worker: 'w1' }] })
  for (const { id, attempts } of views) {
    const folder = attemptFolder({ run: id, ...attempts.at(-1)! })
    await writeFile(join(examples.installation.store, folder, 'outputs', 'go'), '')
  }
  const [one, two] = await Promise.all(ids.map((id) => examples.ended(id)))
  expect(await one!.output('library.txt')).toMatch(numpy['1.0.0'])
  expect(await two!.output('library.txt')).toMatch(numpy['2.0.0'])
  const tables = await Promise.all(
    [one!, two!].map(async ({ output }) => columnsOf(await output('icbm.csv'))),
  )
  for (const [name, column] of Object.entries(tables[0]!))
    for (const [year, value] of column.entries())
      expect(tables[1]![name]?.[year], `${name} after ${year} years`).toBeCloseTo(value, 9)
})

test('one ensemble has both, and its table says which library computed a member', async () => {
  const ensembles = ensemblesOf(examples.call)
  const vary = { '@version': { values: versions }, input: { linspace: [0, 0.4, 3] } }
  const id = await ensembles.submit({ kind: 'ensemble', model: 'icbm', design: { kind: 'grid', vary } })
  expect(await ensembles.ended(id)).toMatchObject({ state: 'succeeded' })
  const rows = await ensembles.rows(id, 'results.csv')
  const found = rows.map((row) => [row['@version'], Number(row['input']), Number(row['numpy_major'])])
  expect(found).toEqual([
    ...[0, 0.2, 0.4].map((input) => ['1.0.0', input, 1]),
    ...[0, 0.2, 0.4].map((input) => ['2.0.0', input, 2]),
  ])
  const totals = rows.map((row) => Number(row['total_final']))
  for (const at of [0, 1, 2]) expect(miss(totals[at + 3]!, totals[at]!)).toBeLessThan(1e-9)
})

test.each([
  ['1.0.0', '2.0.0', 'was removed in the NumPy 2.0 release'],
  ['2.0.0', '1.0.0', "module 'numpy' has no attribute 'astype'"],
] as const)('the program of %s fails with the NumPy of %s', async (program, library, words) => {
  const { test: _, ...manifest } = await manifestOf(`icbm/${library}`)
  await examples.register({
    ...manifest,
    name: 'icbm-crossed',
    version: `${program}-in-${library}`,
    command: ['python3', '/carya/inputs/program'],
    inputs: { program: {} },
  })
  const url = await examples.upload(await readFile(join(folderOf(`icbm/${program}`), 'icbm.py'), 'utf8'))
  const id = await examples.submit({
    model: `icbm-crossed@${program}-in-${library}`,
    inputs: { program: url },
  })
  const { view } = await examples.ended(id)
  expect(view).toMatchObject({ state: 'failed', failure: { kind: 'model_error' } })
  expect(view.logTail).toContain(words)
})
