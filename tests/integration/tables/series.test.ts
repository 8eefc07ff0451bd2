/** Quantiles over time, from files that models wrote. */
import { EnsembleSummary } from '@carya/contracts'
import { analyse } from '@carya/tables'
import { mkdir, readdir, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
// the bound of members above which a sketch is used is no part of the interface
import { analyse as analyseHere } from '../../../libs/tables/src/child/analyse.ts'
import { failed, makeEnsemble, row, sequence, type Ensemble } from './ensemble-folder.ts'

const outputs = {
  'out.csv': { series: { time: 'day' }, columns: { nee: { unit: 'gC', description: 'net' } } },
}

/** `days` lines: `nee` is index + day, `gpp` is −index. */
function csv(index: number, days = 3): string {
  return `day,gpp,nee,site\n${sequence(days)
    .map((day) => `2012-01-0${day + 1},${-index},${index + day},x`)
    .join('\n')}\n`
}

async function filled(ensemble: Ensemble, from: number, to: number, days = 3): Promise<void> {
  for (let index = from; index < to; index += 1) await ensemble.output(index, 'out.csv', csv(index, days))
}

describe('quantiles', () => {
  test('are exact at each time, declared variables first', async () => {
    const ensemble = await makeEnsemble({ total: 101, outputs })
    await filled(ensemble, 0, 101)
    const rows = sequence(101).map((index) => row(index))
    await ensemble.segment('1', rows.slice(0, 60))
    await ensemble.segment('2', rows.slice(50))
    const summary = await analyse(ensemble.analysis)
    expect(EnsembleSummary.parse(summary)).toEqual(summary)
    expect(summary.series).toMatchObject([
      {
        output: 'out.csv',
        variable: 'nee',
        unit: 'gC',
        description: 'net',
        method: 'exact',
        members: 101,
        times: ['2012-01-01', '2012-01-02', '2012-01-03'],
        quantiles: [
          [5, 6, 7],
          [25, 26, 27],
          [50, 51, 52],
          [75, 76, 77],
          [95, 96, 97],
        ],
      },
      {
        variable: 'gpp',
        members: 101,
        quantiles: [
          [-95, -95, -95],
          [-75, -75, -75],
          [-50, -50, -50],
          [-25, -25, -25],
          [-5, -5, -5],
        ],
      },
    ])
    const { lines } = summary.series[0]!
    expect(lines.map(({ index }) => index)).toEqual([0, 9, 18, 27, 36, 45, 55, 64, 73, 82, 91, 100])
    expect(lines[11]).toEqual({ index: 100, values: [100, 101, 102] })
    expect((await ensemble.result('quantiles.csv')).split('\n').slice(0, 5)).toEqual([
      'output,variable,unit,time,members,q05,q25,q50,q75,q95',
      'out.csv,nee,gC,2012-01-01,101,5,25,50,75,95',
      'out.csv,nee,gC,2012-01-02,101,6,26,51,76,96',
      'out.csv,nee,gC,2012-01-03,101,7,27,52,77,97',
      'out.csv,gpp,,2012-01-01,101,-95,-75,-50,-25,-5',
    ])
    expect(await readdir(ensemble.folder)).not.toContain('work')
  })

  test('count no member twice: not one that came again, not one whose row was superseded', async () => {
    const ensemble = await makeEnsemble({ total: 4, outputs })
    await filled(ensemble, 0, 4)
    const again = `ensembles/${ensemble.analysis.id}/0/2/2-00`
    await ensemble.segment('1', [row(0), row(1), row(2), failed(3)])
    await analyse(ensemble.analysis)
    await mkdir(join(ensemble.store, again, 'outputs'), { recursive: true })
    await writeFile(join(ensemble.store, again, 'outputs/out.csv'), csv(1000))
    await ensemble.segment('2', [row(0), row(1), row(2, { round: 1, folder: again }), row(3, { round: 1 })])
    const { series } = await analyse(ensemble.analysis)
    expect(series[0]).toMatchObject({ variable: 'nee', members: 4 })
    expect(series[0]!.lines.map(({ values }) => values[0])).toEqual([0, 1, 1000, 3])
    const both = await ensemble.results()
    await rm(join(ensemble.folder, 'series'), { recursive: true })
    await analyse(ensemble.analysis)
    expect(await ensemble.results()).toEqual(both)
  })

  test('go by times, where members have different ones', async () => {
    const ensemble = await makeEnsemble({ total: 3, outputs: { 'o.csv': { series: { time: 't' } } } })
    await ensemble.output(0, 'o.csv', 't,x\n1,10\n2,20\n3,30\n')
    await ensemble.output(1, 'o.csv', 't,x\n2,22\n3,NA\n4,44\n2,1000\n')
    await ensemble.output(2, 'o.csv', '\uFEFFx,t\r\n1.2D1,1\r\n')
    await ensemble.segment(
      '1',
      sequence(3).map((index) => row(index)),
    )
    const { series } = await analyse(ensemble.analysis)
    expect(series).toMatchObject([{ variable: 'x', times: ['1', '2', '3', '4'], members: 2 }])
    expect(series[0]!.quantiles[2]).toEqual([11, 21, 30, 44])
    expect(series[0]!.lines[1]).toEqual({ index: 1, values: [null, 22, null, 44] })
  })

  test('are the same of columns with white space, with names, skipped lines and comments', async () => {
    const layout = { format: 'columns' as const, names: ['t', 'v'], skip: 1, comment: '#' }
    const ensemble = await makeEnsemble({
      total: 3,
      outputs: {
        'o.txt': { series: { time: 't', ...layout }, columns: { v: { unit: 'V' } } },
        'o.csv': { series: { time: 'time', skip: 2, comment: '*' } },
        'p-*.csv': { series: { time: 't' } },
      },
    })
    for (const index of sequence(3)) {
      const text = `a title\n# t v\n\n  0.0\t${index}.0D+00 \n  1.0   0.5-100\n`
      await ensemble.output(index, 'o.txt', text)
      await ensemble.output(index, 'o.csv', `one\ntwo\n*\ntime,w\n1,${index}\n*2,9\n`)
      await ensemble.output(index, `p-${index}.csv`, `t,u\n1,${index}\n`)
    }
    await ensemble.output(2, 'p-9.csv', 't,u\n1,9\n')
    // where an input was mounted
    await ensemble.output(0, 'p-drivers.csv', '')
    await ensemble.segment(
      '1',
      sequence(3).map((index) => row(index)),
    )
    const { series, notes } = await analyse(ensemble.analysis)
    expect(series).toMatchObject([
      { output: 'o.txt', variable: 'v', unit: 'V', members: 3, times: ['0.0', '1.0'] },
      { output: 'o.csv', variable: 'w', members: 3, times: ['1'] },
      { output: 'p-*.csv', variable: 'u', members: 2, times: ['1'] },
    ])
    expect(series.map(({ quantiles }) => quantiles[2])).toEqual([[1, 0.5e-100], [1], [0.5]])
    expect(notes).toEqual(['p-*.csv: 1 member is left out of the series: more than one file is meant'])
  })

  test('of long series are thinned in the summary alone', async () => {
    const ensemble = await makeEnsemble({ total: 1, outputs: { 'o.csv': { series: { time: 't' } } } })
    await ensemble.output(
      0,
      'o.csv',
      `t,x\n${sequence(1000)
        .map((t) => `${t},${t}`)
        .join('\n')}`,
    )
    await ensemble.segment('1', [row(0)])
    const { series } = await analyse(ensemble.analysis)
    expect(series[0]!.thinned).toBe(true)
    expect(series[0]!.times.slice(0, 2)).toEqual(['3', '10'])
    expect(series[0]!.quantiles[2]!.slice(0, 2)).toEqual([3, 10])
    expect((await ensemble.result('quantiles.csv')).trimEnd().split('\n')).toHaveLength(1001)
  })

  test('of very many members come from a sketch, which is the same each time', async () => {
    const ensemble = await makeEnsemble({ total: 1500, outputs })
    await filled(ensemble, 0, 1500)
    const rows = sequence(1500).map((index) => row(index))
    await ensemble.segment('1', rows.slice(0, 700))
    await ensemble.segment('2', rows.slice(700))
    const { series } = await analyseHere(ensemble.analysis, { sketchBeyond: 1000 })
    const first = await ensemble.results()
    expect(series[0]).toMatchObject({ method: 'sketch', members: 1500 })
    for (const [nth, share] of [0.05, 0.25, 0.5, 0.75, 0.95].entries())
      expect(Math.abs(series[0]!.quantiles[nth]![0]! / 1500 - share)).toBeLessThan(0.008)
    await analyseHere(ensemble.analysis, { sketchBeyond: 1000 })
    expect(await ensemble.results()).toEqual(first)
  })
})

test('what a hostile model left drops its member, with a note, and nothing else', async () => {
  const ensemble = await makeEnsemble({ total: 12, outputs })
  await filled(ensemble, 0, 3)
  await writeFile(join(ensemble.store, 'secret.csv'), csv(5))
  const place = async (index: number) => {
    const path = await ensemble.output(index, 'out.csv', '')
    await rm(path)
    return path
  }
  await symlink(join(ensemble.store, 'secret.csv'), await place(3))
  const linked = dirname(await ensemble.output(4, 'out.csv', ''))
  await rm(linked, { recursive: true })
  await rename(dirname(await ensemble.output(50, 'out.csv', csv(50))), join(ensemble.store, 'elsewhere'))
  await symlink(join(ensemble.store, 'elsewhere'), linked)
  execFileSync('mkfifo', [await place(5)])
  await mkdir(await place(6))
  await truncate(await ensemble.output(7, 'out.csv', ''), 2 ** 40)
  await writeFile(await place(8), Buffer.from([0x64, 0xff, 0xfe, 0x0a]))
  await ensemble.output(9, 'out.csv', 'date,nee\n1,2\n')
  await ensemble.output(10, 'out.csv', 'day,nee\n1,2,3\n')
  await ensemble.segment('1', [
    ...sequence(11).map((index) => row(index)),
    row(11, { folder: '../../../etc' }),
  ])
  const { series, notes, members } = await analyse(ensemble.analysis)
  expect(members.succeeded).toBe(12)
  expect(series[0]).toMatchObject({ variable: 'nee', members: 3 })
  expect(notes).toContain('out.csv: 5 members are left out of the series: no regular file')
  expect(notes).toContain('out.csv: 1 member is left out of the series: larger than 64 MiB')
  expect(notes).toHaveLength(5)
})
