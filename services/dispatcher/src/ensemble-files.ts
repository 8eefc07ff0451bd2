/**
 * Files of ensembles in the store: rows that are written, tables that are taken, results that are made. What is heavy is
 * done in processes of their own (`libs/tables`), so that nothing here keeps the loop from judging leases.
 */
import { badRequest, type ProblemError } from '@carya/contracts'
import { fetchUrl } from '@carya/fetch'
import type { Store } from '@carya/store'
import { analyse, findRow, importTable, readEnds, readRows, type Analysis, type Column } from '@carya/tables'
import { createWriteStream } from 'node:fs'
import { access, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Unavailable } from './api.ts'
import { turns } from './calm-store.ts'
import { MOST_TABLE_ROWS } from './domain/ensemble-table.ts'
import { endWords } from './domain/member.ts'
import type { EnsembleRecord, EnsembleSpec, TableColumn } from './domain/ensemble-record.ts'
import type { EnsembleFiles } from './ensemble-ports.ts'

/** Rows that are looked for at once: each look reads all rows of an ensemble. */
const FINDING = 4
/** A store that takes longer for a few rows is away: the feed waits for them. */
const PATIENCE_MS = 5000

export type EnsembleFilesOptions = { allowPrivate: boolean; mostBytes: number; stop: AbortSignal }

type Table = NonNullable<EnsembleSpec['table']>

export function ensembleFiles(
  store: Pick<Store, 'root' | 'ensemble' | 'makeEnsemble' | 'writeRows' | 'contentPath'>,
  { allowPrivate, mostBytes, stop }: EnsembleFilesOptions,
): EnsembleFiles {
  const tablePath = (id: string) => join(store.ensemble(id).path, 'design.parquet')
  /** ensembles whose table did not answer in time, until it does: none takes a thread each time that it is tried */
  const hung = new Set<string>()
  const finding = turns(FINDING, PATIENCE_MS)
  /** one at a time: each is a process that takes hundreds of MiB */
  let lastImport: Promise<unknown> = Promise.resolve()

  /** The table as a file here; `errors` where it cannot be had, and trying again would not help. */
  async function fetched(
    id: string,
    { url }: Table,
  ): Promise<{ path: string; isOurs: boolean } | { errors: ProblemError[] }> {
    const wrong = (detail: string) => ({ errors: [{ path: 'design.url', value: url, detail }] })
    const [, sha256] = /^store:sha256\/([0-9a-f]{64})$/.exec(url) ?? []
    if (sha256 !== undefined) {
      const path = join(store.root, store.contentPath(sha256))
      return (await isThere(path))
        ? { path, isOurs: false }
        : wrong('no such file was uploaded: PUT /v1/files takes it')
    }
    const { path: folder } = await store.makeEnsemble(id)
    const path = join(folder, 'table.download')
    try {
      await pipeline(
        fetchUrl(url, { allowPrivate, signal: stop }),
        bounded(mostBytes),
        createWriteStream(path),
        { signal: stop },
      )
      return { path, isOurs: true }
    } catch (err) {
      await rm(path, { force: true })
      if (stop.aborted || isStoreTrouble(err)) throw new Unavailable('the store', { cause: err })
      return wrong(`a table that can be fetched: ${err instanceof Error ? err.message : String(err)}`)
    }
  }

  return {
    writeRows: (id, name, rows) => store.writeRows(id, name, rows),
    row: (id, index) => finding(() => findRow(store.ensemble(id).path, index, stop)),
    ends: ({ id, members = 0, round }) =>
      readEnds(store.ensemble(id).path, { members, round, words: endWords }, stop),
    async read(id, from, count) {
      if (hung.has(id)) throw new Unavailable('the store')
      const rows = readRows(tablePath(id), from, count).finally(() => hung.delete(id))
      const late = Promise.withResolvers<never>()
      const timer = setTimeout(() => {
        hung.add(id)
        late.reject(new Unavailable('the store'))
      }, PATIENCE_MS)
      try {
        return { rows: await Promise.race([rows, late.promise]) }
      } catch (err) {
        if (err instanceof Unavailable) throw err
        if (isStoreTrouble(err)) throw new Unavailable('the store', { cause: err })
        return { unreadable: err instanceof Error ? err.message : String(err) }
      } finally {
        clearTimeout(timer)
      }
    },
    async analyse(record, spec, complete) {
      try {
        const { path } = await store.makeEnsemble(record.id)
        await analyse(analysisOf(record, spec, { path, root: store.root, complete }), stop)
      } catch (err) {
        // the next process makes them, or they are made when the store is right again
        if (stop.aborted || isStoreTrouble(err)) throw new Unavailable('the store', { cause: err })
        throw err
      }
    },
    async takeTable(id, table) {
      const file = await fetched(id, table)
      if ('errors' in file) return file
      const { format, columns } = table
      await store.makeEnsemble(id)
      try {
        const task = {
          file: file.path,
          format,
          columns: columns.map(plain),
          mostRows: MOST_TABLE_ROWS,
          out: tablePath(id),
        }
        const importing = lastImport.then(() => importTable(task, stop))
        lastImport = importing.catch(() => undefined)
        const taken = await importing
        return 'faults' in taken ? { errors: faultsOf(taken) } : taken
      } catch (err) {
        if (stop.aborted || isStoreTrouble(err)) throw new Unavailable('the store', { cause: err })
        throw err
      } finally {
        if (file.isOurs) await rm(file.path, { force: true })
      }
    },
  }
}

function plain({ name, type, range, choices, unit }: TableColumn): Column {
  return {
    name,
    type,
    ...(range ? { range } : {}),
    ...(choices ? { choices } : {}),
    ...(unit === undefined ? {} : { unit }),
  }
}

function analysisOf(
  record: EnsembleRecord,
  spec: EnsembleSpec,
  { path, root, complete }: { path: string; root: string; complete: boolean },
): Analysis {
  const { model, varied, metrics, outputs } = spec
  return {
    folder: path,
    storeRoot: root,
    id: record.id,
    model,
    total: record.members ?? 0,
    complete,
    varied,
    metrics,
    outputs,
    design: designFacts(spec),
  }
}

/** What of the design the statistics depend on. */
function designFacts({ design }: EnsembleSpec): { kind: string; seed?: number; samples?: number } {
  return 'samples' in design
    ? { kind: design.kind, seed: design.seed, samples: design.samples }
    : { kind: design.kind }
}

/** The faults of a table as those of a request, each with its place in the file. */
function faultsOf({
  faults,
  total,
}: {
  faults: readonly { row: number; line?: number; column: string; value: unknown; detail: string }[]
  total: number
}): ProblemError[] {
  const errors = faults.map(({ row, line, column, value, detail }): ProblemError => {
    const where = row > 0 ? `row ${row}${line === undefined ? '' : `, line ${line}`}` : 'header'
    return { path: `design.url: ${where}${column === '' ? '' : `, column ${column}`}`, value, detail }
  })
  // cut and counted as those of a request are
  const { errors: shown = [] } = badRequest(errors)
  if (total <= shown.length) return shown
  return [
    ...shown,
    { path: 'design.url', value: `${total} faults`, detail: `the first ${shown.length} are listed` },
  ]
}

/** Throws where the store does not say. */
async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    (err: unknown) => {
      if (err instanceof Error && 'code' in err && err.code === 'ENOENT') return false
      throw new Unavailable('the store', { cause: err })
    },
  )
}

/** Errors of a file system that may be right again; a file that is missing or damaged is not. */
function isStoreTrouble(err: unknown): boolean {
  const code = err instanceof Error && 'code' in err ? err.code : undefined
  return (
    code === 'EIO' ||
    code === 'ESTALE' ||
    code === 'ETIMEDOUT' ||
    code === 'ENOSPC' ||
    code === 'EROFS' ||
    code === 'EMFILE'
  )
}

function bounded(most: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.byteLength
      if (bytes > most) done(new Error(`larger than ${most} bytes`))
      else done(null, chunk)
    },
  })
}
