/** Metrics that are taken from columns of series which a model left, each file read once, in constant memory. */
import type { MetricFrom, Setup } from '@carya/contracts'
import { ColumnTaker, readRecords, TooLong, type SeriesFormat } from '@carya/series'
import { StoreError, type Store } from '@carya/store'
import { isUnreadable } from './unreadable.ts'

/** As of series elsewhere. */
const MOST_BYTES = 64 * 2 ** 20

export type SeriesMetrics = {
  metrics: Record<string, number>
  /** of each that could not be taken: why, with its file */
  faults: string[]
}
export type SeriesPlaces = {
  store: Store
  /** of the outputs, relative to the store's root */
  folder: string
  /** the file that a declared output means */
  file: (declared: string) => { name: string } | { fault: string }
  mayGoOn: () => boolean
}

export async function seriesMetrics(
  { outputs = {}, metrics = {} }: Pick<Setup, 'outputs' | 'metrics'>,
  places: SeriesPlaces,
): Promise<SeriesMetrics> {
  const found: [string, number][] = []
  const faults: string[] = []
  for (const [output, wanted] of Map.groupBy(Object.entries(metrics), ([, from]) => from.output)) {
    const file = places.file(output)
    const columns = wanted.map(([, from]) => from)
    const taken =
      'fault' in file
        ? { fault: file.fault }
        : await takeColumns(places, file.name, outputs[output]?.series ?? {}, columns)
    for (const [nth, [metric]] of wanted.entries()) {
      const one = 'fault' in taken ? taken : taken.each[nth]!
      if ('value' in one) found.push([metric, one.value])
      else faults.push(`metric ${metric}, from ${'name' in file ? file.name : output}: ${one.fault}`)
    }
  }
  return { metrics: Object.fromEntries(found), faults }
}

async function takeColumns(
  { store, folder, mayGoOn }: SeriesPlaces,
  name: string,
  format: SeriesFormat,
  columns: readonly MetricFrom[],
) {
  try {
    const { size, stream } = await store.read(`${folder}/${name}`, { to: MOST_BYTES })
    if (size > MOST_BYTES) {
      stream.destroy()
      return { fault: `it has ${size} bytes; ${MOST_BYTES / 2 ** 20} MiB at most are read` }
    }
    const taker = new ColumnTaker(columns)
    let isLate = false
    await readRecords(stream, format, (record) => {
      isLate = !mayGoOn()
      return !isLate && taker.take(record)
    })
    return isLate ? { fault: 'it could not be read in time' } : { each: taker.finish() }
  } catch (error) {
    if (error instanceof StoreError)
      return { fault: error.code === 'missing' ? 'there is no such file' : 'it is no regular file' }
    if (error instanceof TooLong) return { fault: `line ${error.line}: ${error.message}` }
    if (error instanceof TypeError) return { fault: 'it is no text in UTF-8' }
    if (isUnreadable(error)) return { fault: 'its maker lets nobody read it' }
    throw error
  }
}
