/**
 * Chunks: the time series of the members of one segment, `series/<segment>.parquet`, made once. A row is a value:
 * `index, output, variable, step, time, value`. A row without variable says that the member's file was looked at, and
 * in `note` what was wrong with it. Rows lie by output, variable and step, so that a block of steps is read without
 * the rest. A chunk may hold members whose row has been superseded since: who reads it takes those that count.
 */
import type { Series } from '@carya/contracts'
import type { Store } from '@carya/store'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from './database.ts'
import { makeFolder, publish } from './files.ts'
import { Points } from './points.ts'
import { readSeries, type SeriesFile } from './series-file.ts'
import { literal } from './sql.ts'

/** Numbers of series that are held before they are written, 8 bytes each. */
const BATCH = 2 ** 22

export type SeriesOutput = { output: string; series: Series }
type Member = { index: number; folder: string | undefined }
/** Series of some members, one after the other. */
type Batch = { index: number; series: SeriesFile }[]

/** Makes the chunks that are missing, of the table `members`; gives the files of all segments that have one. */
export async function makeChunks(
  database: Database,
  store: Store,
  places: { folder: string; work: string },
  outputs: readonly SeriesOutput[],
): Promise<string[]> {
  const folder = join(places.folder, 'series')
  await makeFolder(folder)
  const there = new Set(await readdir(folder))
  const segments = await database.rows(
    "select distinct segment from members where state = 'succeeded' order by segment",
  )
  const files: string[] = []
  for (const { segment } of segments) {
    const name = `${String(segment)}.parquet`
    files.push(join(folder, name))
    if (there.has(name)) continue
    const members = await membersOf(database, String(segment))
    const points = await Points.create(database)
    for (const output of outputs) await addOutput(points, store, members, output)
    await points.write(join(places.work, name))
    await publish(join(places.work, name), join(folder, name))
  }
  return files
}

async function membersOf(database: Database, segment: string): Promise<Member[]> {
  const rows = await database.rows(`
    select "index"::integer as "index", folder from members
    where state = 'succeeded' and segment = ${literal(segment)} order by "index"`)
  return rows.map(({ index, folder }) => ({
    index: Number(index),
    folder: typeof folder === 'string' ? folder : undefined,
  }))
}

async function addOutput(
  points: Points,
  store: Store,
  members: readonly Member[],
  { output, series }: SeriesOutput,
): Promise<void> {
  let batch: Batch = []
  let held = 0
  for (const { index, folder } of members) {
    const read =
      folder === undefined
        ? { wrong: 'no folder' }
        : await readSeries(store, `${folder}/outputs`, output, series)
    points.look(index, output, 'wrong' in read ? read.wrong : undefined)
    if ('wrong' in read) continue
    batch.push({ index, series: sharingTimes(read, batch.at(-1)?.series) })
    held += read.times.length * (read.values.length + 1)
    if (held < BATCH) continue
    addBatch(points, output, batch)
    batch = []
    held = 0
  }
  addBatch(points, output, batch)
}

/** Members mostly have the same times: then they are held once. */
function sharingTimes(series: SeriesFile, other: SeriesFile | undefined): SeriesFile {
  const isSame =
    other?.times.length === series.times.length && series.times.every((time, at) => time === other.times[at])
  return isSame ? { ...series, times: other.times } : series
}

/** By variable, step and member: a block of steps is then read without the rest. */
function addBatch(points: Points, output: string, batch: Batch): void {
  const outputId = points.id(output)
  const variables = new Set(batch.flatMap(({ series }) => series.variables))
  const steps = batch.reduce((most, { series }) => Math.max(most, series.times.length), 0)
  for (const variable of variables) {
    const id = points.id(variable)
    const columns = batch.map(({ series }) => series.values[series.variables.indexOf(variable)])
    for (let step = 0; step < steps; step += 1)
      for (const [nth, { index, series }] of batch.entries()) {
        const value = columns[nth]?.[step] ?? Number.NaN
        if (!Number.isNaN(value)) points.add(index, outputId, id, step, series.times[step]!, value)
      }
  }
}
