/** From rows to results. Every file is made in the work folder first; `summary.json` gets its name last. */
import type { EnsembleSummary, Sensitivity } from '@carya/contracts'
import { openStore } from '@carya/store'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Analysis } from '../task.ts'
import { makeChunks } from './chunks.ts'
import { resultColumns, type Columns } from './columns.ts'
import { openDatabase, type Database } from './database.ts'
import { failuresOf, rangesOfAll } from './failures.ts'
import { makeFolder, makeWorkFolder, publish } from './files.ts'
import { gatherMembers } from './members.ts'
import { metricNames, numbersOf, writeResults } from './results.ts'
import { influences, ranked, writeSensitivities } from './sensitivities.ts'
import { summariseSeries } from './series.ts'
import { describe } from './statistics.ts'
import { TextFile } from './text-file.ts'

/** More members than this are sketched. */
const EXACT = 100_000
/** Numbers held at once, 8 bytes each, for what mattered. */
const MOST_NUMBERS = 50_000_000
/** Members of which a metric is described. */
const MOST_DESCRIBED = 20_000_000
/** In the summary; `sensitivity.csv` has all. */
const MOST_METRICS = 64
const MOST_SENSITIVITIES = 2000

export type Limits = { sketchBeyond: number }

export async function analyse(
  analysis: Analysis,
  { sketchBeyond }: Limits = { sketchBeyond: EXACT },
): Promise<EnsembleSummary> {
  const { folder, varied } = analysis
  await using work = await makeWorkFolder(folder)
  const at = (file: string) => join(work.path, file)
  await using database = await openDatabase({ spill: work.path, folders: [folder] })
  const rows = await gatherMembers(database, folder, work.path, analysis.total)
  const notes: string[] = []
  const metrics = await metricNames(database, rows, Object.keys(analysis.metrics))
  if (metrics.left > 0) notes.push(`${metrics.left} metrics that the manifest does not declare are left out`)
  const columns = resultColumns(varied, metrics.names)
  await writeResults(database, rows, columns, { parquet: at('results.parquet'), csv: at('results.csv') })

  const series = await seriesOf(database, analysis, work.path, sketchBeyond)
  const measured = await measure(database, analysis, columns, at('results.parquet'), at('sensitivity.csv'))
  const failures = await failuresOf(database, at('results.parquet'), columns)
  if (failures.left > 0) notes.push(`${failures.left} smaller groups of failures are left out`)
  const summary: EnsembleSummary = {
    v: 1,
    id: analysis.id,
    model: analysis.model,
    members: { total: analysis.total, ...(await countStates(database)) },
    complete: analysis.complete,
    varied,
    metrics: measured.metrics,
    sensitivities: measured.sensitivities,
    series: series.summaries,
    failures: failures.groups,
    ranges: await rangesOfAll(database, at('results.parquet'), columns),
    notes: [...notes, ...measured.notes, ...series.notes],
  }
  await writeFile(at('summary.json'), `${JSON.stringify(summary)}\n`)
  const results = join(folder, 'results')
  await makeFolder(results)
  for (const file of ['results.parquet', 'results.csv', 'quantiles.csv', 'sensitivity.csv', 'summary.json'])
    await publish(at(file), join(results, file))
  return summary
}

async function countStates(
  database: Database,
): Promise<{ succeeded: number; failed: number; cancelled: number }> {
  const rows = await database.rows('select state, count(*)::double as n from members group by state')
  const count = (state: string) => Number(rows.find((row) => row['state'] === state)?.['n'] ?? 0)
  return { succeeded: count('succeeded'), failed: count('failed'), cancelled: count('cancelled') }
}

async function seriesOf(database: Database, analysis: Analysis, work: string, sketchBeyond: number) {
  const { folder, storeRoot, outputs } = analysis
  await using csv = await TextFile.create(join(work, 'quantiles.csv'))
  const declared = Object.entries(outputs).flatMap(([output, { series }]) =>
    series && !output.includes('\0') ? [{ output, series }] : [],
  )
  const files =
    declared.length === 0
      ? []
      : await makeChunks(database, await openStore(storeRoot), { folder, work }, declared)
  return await summariseSeries({ database, files, outputs, csv, sketchBeyond })
}

type Measured = Pick<EnsembleSummary, 'metrics' | 'sensitivities' | 'notes'>

/** Statistics of each metric, one metric in memory at a time, and what mattered for it. */
async function measure(
  database: Database,
  analysis: Analysis,
  columns: Columns,
  parquet: string,
  csv: string,
): Promise<Measured> {
  const measured: Measured = { metrics: [], sensitivities: [], notes: [] }
  const parameters = ranked(columns)
  const all: Sensitivity[] = []
  const isTooMuch = analysis.total * (parameters.length + 2) > MOST_NUMBERS
  if (isTooMuch) measured.notes.push('too many members and parameters to say what mattered')
  const left = columns.varied.length - parameters.length
  if (left > 0) measured.notes.push(`${left} varied texts or inputs have no rank correlation or regression`)
  const numbers = isTooMuch
    ? []
    : await numbersOf(
        database,
        parquet,
        parameters.map(({ column }) => column),
        analysis.total,
      )
  const named = parameters.map(({ varied }, at) => ({ name: varied.name, values: numbers[at]! }))
  const isHuge = analysis.total > MOST_DESCRIBED
  if (isHuge) measured.notes.push('too many members for statistics of metrics: results.parquet has them all')
  for (const { name, column } of isHuge ? [] : columns.metrics) {
    const [values] = await numbersOf(database, parquet, [column], analysis.total)
    const statistics = describe(values!.filter(Number.isFinite))
    if (!statistics) {
      measured.notes.push(`${name}: no member that succeeded has it`)
      continue
    }
    const { unit, description } = analysis.metrics[name] ?? {}
    const about = { ...(unit !== undefined && { unit }), ...(description !== undefined && { description }) }
    if (measured.metrics.length < MOST_METRICS) measured.metrics.push({ name, ...about, ...statistics })
    if (isTooMuch) continue
    const { sensitivities, notes } = influences({ name, values: values! }, named, analysis)
    all.push(...sensitivities)
    measured.notes.push(...notes)
  }
  if (columns.metrics.length > MOST_METRICS)
    measured.notes.push(`the first ${MOST_METRICS} metrics are summarised`)
  measured.sensitivities = all.slice(0, MOST_SENSITIVITIES)
  if (all.length > MOST_SENSITIVITIES)
    measured.notes.push(
      `the first ${MOST_SENSITIVITIES} sensitivities are summarised: sensitivity.csv has all`,
    )
  await using file = await TextFile.create(csv)
  await writeSensitivities(file, all)
  return measured
}
