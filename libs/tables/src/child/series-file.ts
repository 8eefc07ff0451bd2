/** Reads one member's time series. A model wrote it: whatever is wrong with it is told in few, constant words. */
import { isPattern, outputMatcher, type Series } from '@carya/contracts'
import { numberOf, readRecords, TooLong, type SeriesRecord } from '@carya/series'
import { StoreError, type Store } from '@carya/store'

const MOST_BYTES = 64 * 2 ** 20
const MOST_STEPS = 500_000
const MOST_VARIABLES = 256
const MOST_CELLS = 2 ** 23
const MOST_NAME = 128
/** Files that are looked at of those that a pattern means. */
const MOST_MEANT = 16

/** `values[v][s]`: of variable `v` at step `s`; NaN where there is no number. */
export type SeriesFile = { times: string[]; variables: string[]; values: Float64Array[] }
export type SeriesOutcome = SeriesFile | { wrong: string }

/** `output`: a file of the folder, or a pattern that means one. Never throws: the words say why it is left out. */
export async function readSeries(
  store: Store,
  folder: string,
  output: string,
  series: Series,
): Promise<SeriesOutcome> {
  try {
    const path = await pathOf(store, folder, output)
    if (typeof path === 'object') return path
    const { size, stream } = await store.read(path, { to: MOST_BYTES })
    if (size > MOST_BYTES) {
      stream.destroy()
      return { wrong: `larger than ${MOST_BYTES / 2 ** 20} MiB` }
    }
    const table = new Table(series.time)
    await readRecords(stream, series, (record) => {
      table.take(record)
      return table.wrong === undefined
    })
    return table.finish()
  } catch (error) {
    return { wrong: reasonOf(error) }
  }
}

async function pathOf(store: Store, folder: string, output: string): Promise<string | { wrong: string }> {
  if (!isPattern(output)) return `${folder}/${output}`
  const isMeant = outputMatcher(output)
  const { files } = await store.list(folder, MOST_MEANT, { rank: (name) => (isMeant(name) ? 0 : 1) })
  const meant = files.filter(({ name }) => isMeant(name))
  // where something was mounted among the outputs an empty file is left
  const written = meant.filter(({ bytes }) => bytes > 0)
  const [one, ...others] = written.length > 0 ? written : meant
  if (!one) return { wrong: 'no such file' }
  return others.length > 0 ? { wrong: 'more than one file is meant' } : `${folder}/${one.name}`
}

function reasonOf(error: unknown): string {
  if (error instanceof StoreError) return error.code === 'missing' ? 'no such file' : 'no regular file'
  if (error instanceof TooLong) return 'a line that is too long'
  if (error instanceof TypeError) return 'no text in UTF-8'
  return 'not readable'
}

/** Grows as records come; `wrong` is set once. */
class Table {
  readonly #time: string
  #hasNames = false
  #timeAt = -1
  #columns: { at: number; name: string; values: number[]; numbers: number }[] = []
  readonly #times = new Set<string>()
  wrong: string | undefined

  constructor(time: string) {
    this.#time = time
  }

  take({ fields, fault }: SeriesRecord): void {
    if (fault !== undefined) this.wrong = fault
    else if (this.#hasNames) this.#line(fields)
    else this.#header(fields)
  }

  finish(): SeriesOutcome {
    if (this.wrong !== undefined) return { wrong: this.wrong }
    if (this.#times.size === 0) return { wrong: 'no time steps' }
    const numeric = this.#columns.filter(({ numbers }) => numbers > 0)
    return {
      times: [...this.#times],
      variables: numeric.map(({ name }) => name),
      values: numeric.map(({ values }) => Float64Array.from(values)),
    }
  }

  #header(names: string[]): void {
    this.#hasNames = true
    this.#timeAt = names.indexOf(this.#time)
    if (this.#timeAt < 0) this.wrong = `no column ${this.#time}`
    const isGood = (name: string, at: number) =>
      name !== '' && name.length <= MOST_NAME && !name.includes('\0') && names.indexOf(name) === at
    this.#columns = names
      .map((name, at) => ({ at, name, values: [], numbers: 0 }))
      .filter(({ name, at }) => at !== this.#timeAt && isGood(name, at))
    if (this.#columns.length > MOST_VARIABLES) this.wrong = `more than ${MOST_VARIABLES} columns`
  }

  /** A time that was there already is passed over: no member counts twice at one time. */
  #line(fields: string[]): void {
    const time = fields[this.#timeAt]!.trim()
    if (time.length > MOST_NAME || time.includes('\0')) {
      this.wrong = `a time of more than ${MOST_NAME} characters`
      return
    }
    if (this.#times.has(time)) return
    this.#times.add(time)
    for (const column of this.#columns) {
      const value = numberOf(fields[column.at]!)
      column.values.push(value)
      if (!Number.isNaN(value)) column.numbers += 1
    }
    if (this.#times.size > MOST_STEPS || this.#times.size * this.#columns.length > MOST_CELLS)
      this.wrong = 'too many time steps'
  }
}
