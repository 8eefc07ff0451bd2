/** What becomes of rows: one table, statistics, failures, and what mattered. */
import { EnsembleSummary } from '@carya/contracts'
import { analyse, findRow } from '@carya/tables'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failed, makeEnsemble, row, sequence, shuffled } from './ensemble-folder.ts'

describe('the table', () => {
  test('has one row a member, by index, whatever the order of rows and however often they came', async () => {
    const ensemble = await makeEnsemble()
    const rows = sequence(100).map((index) => row(index))
    await ensemble.segment('000001', shuffled(rows.slice(0, 70)))
    await ensemble.segment('000002', shuffled(rows.slice(40)))
    const summary = await analyse(ensemble.analysis)
    expect(EnsembleSummary.parse(summary)).toEqual(summary)
    expect(JSON.parse(await ensemble.result('summary.json'))).toEqual(summary)
    expect(summary.members).toEqual({ total: 100, succeeded: 100, failed: 0, cancelled: 0 })
    const [header, ...lines] = (await ensemble.result('results.csv')).trimEnd().split('\n')
    expect(header).toBe(
      'index,state,k,gpp,attempts,failure_kind,exit_code,worker,started_at,ended_at,seconds,cpu_seconds,max_memory_bytes',
    )
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(sequence(100))
    expect(lines[3]).toBe(
      '3,succeeded,0.3,6.0,1,,0,w1,2030-01-01T00:00:00.000Z,2030-01-01T00:00:01.250Z,1.25,,',
    )
  })

  test('takes the row that counts: higher round, better state, later end, greater text', async () => {
    const ensemble = await makeEnsemble({ total: 5 })
    const late = '2030-02-01T00:00:00Z'
    const first = [
      failed(0),
      failed(1, { endedAt: late }),
      row(2, { state: 'cancelled', endedAt: late }),
      row(3, { metrics: { gpp: 1 }, endedAt: '2030-01-01T00:00:01Z' }),
      row(4, { metrics: { gpp: 1 } }),
    ]
    const second = [
      row(0, { round: 1 }),
      row(1),
      failed(2),
      row(3, { metrics: { gpp: 2 }, endedAt: '2030-01-01T00:00:01.5Z' }),
      row(4, { metrics: { gpp: 2 } }),
    ]
    await ensemble.segment('1', second)
    await ensemble.segment('2', first)
    await analyse(ensemble.analysis)
    const one = await ensemble.results()
    expect((await ensemble.result('results.csv')).split('\n').slice(1, 6)).toEqual([
      expect.stringMatching(/^0,succeeded,/),
      expect.stringMatching(/^1,succeeded,/),
      expect.stringMatching(/^2,failed,/),
      expect.stringMatching(/^3,succeeded,0.3,2.0,/),
      expect.stringMatching(/^4,succeeded,0.4,2.0,/),
    ])
    for (const each of [second[0], second[1], second[2], second[3], second[4]])
      expect(await findRow(ensemble.folder, each!.index)).toEqual(each)
    expect(await findRow(ensemble.folder, 5)).toBeUndefined()
    await rename(join(ensemble.folder, 'rows/1.jsonl'), join(ensemble.folder, 'rows/3.jsonl'))
    await analyse(ensemble.analysis)
    expect(await ensemble.results()).toEqual(one)
  })

  test('keeps texts, numbers and names as they are', async () => {
    const ensemble = await makeEnsemble({
      total: 2,
      varied: [
        { name: 'k', type: 'number' },
        { name: 'state', type: 'string' },
        { name: 'n', type: 'integer' },
        { name: 'b', type: 'boolean' },
        { name: 'input.drivers', type: 'input' },
        { name: '@version', type: 'string' },
      ],
      metrics: { z: {}, a: {} },
    })
    const texts = {
      params: { k: 1e-7, state: '=a,"b"\r\nc', n: 9007199254740991, b: true, '@version': '1.10' },
    }
    const inputs = { drivers: { url: 'file:///a,b.csv' } }
    const metrics = { a: 0.1 + 0.2, K: 5e-324, 'it\'s "x"': 1, half: 1, worker: 2 }
    await ensemble.segment('1', [row(0, { ...texts, inputs, metrics }), row(1, { params: { k: 1e300 } })])
    // a log tail that was cut within a character
    await ensemble.segment('2', [failed(1, { logTail: 'x\ud800', round: 1 })])
    await analyse(ensemble.analysis)
    const csv = await ensemble.result('results.csv')
    expect(csv.split('\n')[0]).toMatch(
      /^index,state,k,param.state,n,b,input.drivers,@version,z,a,metric.K,half,"it's ""x""",metric.worker,attempts,/,
    )
    expect(csv).toContain(
      '\n0,succeeded,1e-07,"=a,""b""\r\nc",9007199254740991,true,"file:///a,b.csv",1.10,,',
    )
    const file = await asyncBufferFromFile(join(ensemble.folder, 'results/results.parquet'))
    const [first, second] = await parquetReadObjects({ file })
    expect(first).toMatchObject({
      index: 0n,
      k: 1e-7,
      'param.state': '=a,"b"\r\nc',
      n: 9007199254740991n,
      b: true,
      'input.drivers': 'file:///a,b.csv',
      '@version': '1.10',
      a: 0.1 + 0.2,
      'metric.K': 5e-324,
      'it\'s "x"': 1,
    })
    expect(second).toMatchObject({ index: 1n, state: 'failed', failure_kind: 'model_error', exit_code: 3n })
  })

  test('is there before the first member has ended', async () => {
    const ensemble = await makeEnsemble({ complete: false, outputs: { 'o.csv': { series: { time: 't' } } } })
    const summary = await analyse(ensemble.analysis)
    expect(EnsembleSummary.parse(summary)).toMatchObject({ complete: false, metrics: [], series: [] })
    expect(await findRow(ensemble.folder, 0)).toBeUndefined()
  })
})

describe('statistics', () => {
  test('are of the members that succeeded', async () => {
    const ensemble = await makeEnsemble({
      total: 102,
      metrics: { gpp: { unit: 'gC', description: 'uptake' } },
    })
    const rows = sequence(101).map((index) => row(index))
    await ensemble.segment('1', [...shuffled(rows), failed(101, { metrics: { gpp: 1e9 } })])
    const { metrics } = await analyse(ensemble.analysis)
    expect(metrics).toMatchObject([
      {
        name: 'gpp',
        unit: 'gC',
        description: 'uptake',
        count: 101,
        mean: 100,
        min: 0,
        max: 200,
        quantiles: [10, 50, 100, 150, 190],
      },
    ])
    expect(metrics[0]!.sd).toBeCloseTo(Math.sqrt(4 * ((101 ** 2 - 1) / 12) * (101 / 100)), 10)
  })

  test('say which failures there were, and where their parameters lie', async () => {
    const ensemble = await makeEnsemble()
    const rows = sequence(100).map((index) => {
      if (index < 90) return row(index)
      const logTail = `starting\nstep ${index}: x = -${index}.5e3 at 0x7f${index}\n\n`
      return index < 97 ? failed(index, { logTail }) : failed(index, { exitCode: null })
    })
    await ensemble.segment('1', shuffled(rows))
    const { failures, ranges, members } = await analyse(ensemble.analysis)
    expect(members).toMatchObject({ succeeded: 90, failed: 10 })
    expect(failures).toEqual([
      {
        kind: 'model_error',
        exitCode: 3,
        lastLine: 'step #: x = # at #',
        count: 7,
        example: 90,
        ranges: { k: [9, 9.6] },
      },
      {
        kind: 'model_error',
        exitCode: null,
        lastLine: 'it ended with #',
        count: 3,
        example: 97,
        ranges: { k: [9.7, 9.9] },
      },
    ])
    expect(ranges).toEqual({ k: [0, 9.9] })
  })

  test('are made whatever parameters and metrics are called', async () => {
    const names = ['kind', 'code', 'line', 'last_line', 'exitCode', 'count', 'failure', 'members', 'segment']
    const ensemble = await makeEnsemble({
      total: 4,
      varied: names.slice(0, 4).map((name) => ({ name, type: 'number' as const })),
    })
    const params = Object.fromEntries(names.slice(0, 4).map((name) => [name, 1]))
    const metrics = Object.fromEntries(names.slice(4).map((name) => [name, 2]))
    await ensemble.segment(
      '1',
      sequence(4).map((index) => (index < 3 ? row(index, { params, metrics }) : failed(index, { params }))),
    )
    const summary = await analyse(ensemble.analysis)
    expect(summary.metrics.map(({ name, mean }) => [name, mean])).toEqual(
      names
        .slice(4)
        .toSorted()
        .map((name) => [name, 2]),
    )
    expect(summary.failures).toMatchObject([{ kind: 'model_error', exitCode: 3, count: 1, example: 3 }])
    expect(Object.keys(summary.failures[0]!.ranges)).toEqual(names.slice(0, 4))
  })

  test('say how many groups of failures are left out', async () => {
    const ensemble = await makeEnsemble()
    await ensemble.segment(
      '1',
      sequence(30).map((index) => failed(index, { exitCode: Math.min(index, 24) })),
    )
    const { failures, notes } = await analyse(ensemble.analysis)
    expect(failures).toHaveLength(20)
    expect(failures[0]).toMatchObject({ exitCode: 24, count: 6 })
    expect(notes).toContain('5 smaller groups of failures are left out')
  })

  test('say what mattered: ranks, regression, and Sobol’ indices of a design that has them', async () => {
    const varied = ['a', 'b'].map((name) => ({ name, type: 'number' as const }))
    const ensemble = await makeEnsemble({
      total: 256,
      varied: [...varied, { name: 's', type: 'string' }],
      design: { kind: 'random', seed: 1 },
    })
    const point = (index: number) => ({ a: (index * 0.618) % 1, b: (index * 0.7548) % 1, s: `s${index % 3}` })
    const rows = sequence(256).map((index) => {
      const params = point(index)
      return row(index, { params, metrics: { y: 3 * params.a - params.b } })
    })
    await ensemble.segment('1', rows)
    const { sensitivities, notes } = await analyse(ensemble.analysis)
    expect(sensitivities.map(({ metric, parameter, count }) => [metric, parameter, count])).toEqual([
      ['y', 'a', 256],
      ['y', 'b', 256],
    ])
    const [a, b] = sensitivities
    expect(a!.r2).toBeCloseTo(1, 9)
    expect(a!.src! / b!.src!).toBeCloseTo(-3, 1)
    expect(a!.spearman).toBeGreaterThan(0.9)
    expect(b!.spearman).toBeLessThan(0)
    expect(notes).toContain('1 varied texts or inputs have no rank correlation or regression')
    const [header, first] = (await ensemble.result('sensitivity.csv')).split('\n')
    expect(header).toBe(
      'metric,parameter,count,spearman,src,r2,first,first_low,first_high,total,total_low,total_high',
    )
    expect(first).toBe(`y,a,256,${a!.spearman},${a!.src},${a!.r2},,,,,,`)
  })

  test('give Sobol’ indices of the rows of a saltelli design that are whole', async () => {
    const [samples, dimensions] = [256, 2]
    const ensemble = await makeEnsemble({
      total: samples * (dimensions + 2),
      varied: ['a', 'b'].map((name) => ({
        name,
        type: name === 'a' ? ('number' as const) : ('string' as const),
      })),
      design: { kind: 'saltelli', seed: 1, samples },
    })
    const part = (n: number, by: number) => (n * by) % 1
    const rows = sequence(samples).flatMap((base) => {
      const n = base + 1
      const [a, b] = [part(n, 0.6180339887), part(n, 0.7548776662)]
      const [otherA, otherB] = [part(n, 0.5698402909), part(n, 0.8191725133)]
      const points = [
        [a, b],
        [otherA, b],
        [a, otherB],
        [otherA, otherB],
      ] as const
      return points.map(([x, y], block) =>
        row(base * 4 + block, { params: { a: x, b: `t${y}` }, metrics: { f: x + 2 * y } }),
      )
    })
    rows[6] = failed(6)
    await ensemble.segment('1', shuffled(rows))
    const { sensitivities, notes } = await analyse(ensemble.analysis)
    expect(sensitivities).toMatchObject([
      { parameter: 'a', count: 1023 },
      { parameter: 'b', count: 255, spearman: null, src: null, r2: null },
    ])
    for (const [nth, expected] of [0.2, 0.8].entries()) {
      expect(Math.abs(sensitivities[nth]!.first! - expected)).toBeLessThan(0.05)
      expect(Math.abs(sensitivities[nth]!.total! - expected)).toBeLessThan(0.05)
    }
    expect(notes).toContain(
      'f: the Sobol’ indices are without 1 of 256 base rows, where a member has no value',
    )
  })

  test('a metric that nobody has is said to be so', async () => {
    const ensemble = await makeEnsemble({ metrics: { never: {} } })
    await ensemble.segment('1', [row(0)])
    const { metrics, notes } = await analyse(ensemble.analysis)
    expect(metrics.map(({ name }) => name)).toEqual(['gpp'])
    expect(notes).toContain('never: no member that succeeded has it')
  })
})

test('trouble comes back in the words of its cause', async () => {
  const ensemble = await makeEnsemble()
  await writeFile(join(ensemble.folder, 'rows/1.jsonl'), '{"index": 1, "torn')
  await expect(analyse(ensemble.analysis)).rejects.toThrow(/Malformed JSON/)
  const nowhere = { ...ensemble.analysis, folder: join(ensemble.store, 'file/below') }
  await writeFile(join(ensemble.store, 'file'), '')
  await expect(analyse(nowhere)).rejects.toMatchObject({ code: 'ENOTDIR' })
})
