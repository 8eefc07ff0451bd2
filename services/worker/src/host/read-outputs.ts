/** Looks at what an ended attempt left: lists it, hashes it, reads metrics, and says what is wrong with it. */
import { formatSize, inside, limits } from '@carya/contracts'
import { StoreError, type Store } from '@carya/store'
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { declaredOutputs } from '../domain/declared-outputs.ts'
import { MOST_HASHED, worthHashing } from '../domain/hashing.ts'
import { parseMetrics, type Metrics } from '../domain/metrics.ts'
import type { OutputsAsked } from '../domain/outputs-asked.ts'
import { tooMuch } from '../domain/outputs-limit.ts'
import type { OutputsFound } from '../ports.ts'
import { seriesMetrics } from './series-metrics.ts'
import { isUnreadable } from './unreadable.ts'

/** Until when each may go on, in seconds from the question; the child that answers is given a minute for all. */
const COMPARE_SECONDS = 10
const MEASURE_SECONDS = 10
const SERIES_SECONDS = 35
const HASH_SECONDS = 45
const MOST_FAULTS = 5

/** `folder`: the attempt's, relative to the store's root. */
export async function readOutputs(store: Store, folder: string, asked: OutputsAsked): Promise<OutputsFound> {
  const began = performance.now()
  const until = (seconds: number) => () => performance.now() - began < seconds * 1000
  const outputs = `${folder}/outputs`
  const declared = declaredOutputs(asked.outputs, until(COMPARE_SECONDS))
  const { rank } = declared
  const leaveOut = new Set(asked.leaveOut)
  const [isThere, listing, own] = await Promise.all([
    isFolder(join(store.root, outputs)),
    store.list(outputs, limits.outputsListed, { rank, leaveOut }),
    readMetrics(store, `${outputs}/${inside.metrics}`),
  ])
  // names are compared while they are listed, and never again
  const isCompared = until(COMPARE_SECONDS)()
  const { files, total } = listing
  const places = { store, folder: outputs, file: declared.file, mayGoOn: until(SERIES_SECONDS) }
  const taken = await seriesMetrics(asked, places)
  const hashes = await hashesOf(store, outputs, worthHashing(files, rank, MOST_HASHED), until(HASH_SECONDS))
  const metrics = { ...('metrics' in own ? own.metrics : {}), ...taken.metrics }
  const problems = isThere
    ? [
        ...('error' in own ? [own.error] : []),
        declared.missing(files.map(({ name }) => name)),
        ...few(taken.faults),
        await tooLarge(store, outputs, listing, asked),
      ].filter((problem) => problem !== undefined)
    : ['the folder of the outputs is gone']
  const bare = files.length - hashes.size
  return {
    outputs: files.map((file) => {
      const sha256 = hashes.get(file.name)
      return sha256 === undefined ? file : { ...file, sha256 }
    }),
    total,
    metrics,
    ...(problems.length > 0 ? { problem: problems.join('; ') } : {}),
    notes: [
      ...listing.notes,
      ...(bare === 0 ? [] : [`${bare} of the outputs have no sha256: ${whyBare}`]),
      ...(isCompared ? [] : ['names were not all compared with the patterns of the manifest']),
    ],
  }
}

const whyBare = `at most ${formatSize(MOST_HASHED)} of an attempt are read again, within ${HASH_SECONDS} s`

function few(faults: readonly string[]): string[] {
  const more = faults.length - MOST_FAULTS
  return more > 0 ? [...faults.slice(0, MOST_FAULTS), `and ${more} more metrics`] : [...faults]
}

/** It was made before the model was started; somebody may have removed it. */
async function isFolder(path: string): Promise<boolean> {
  return lstat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )
}

/** By their names; those that cannot be read, or not in time, are left out. */
async function hashesOf(
  store: Store,
  folder: string,
  files: readonly { name: string; bytes: number }[],
  mayGoOn: () => boolean,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  for (const { name, bytes } of files) {
    if (!mayGoOn()) return hashes
    const sha256 = await store
      .hash(`${folder}/${name}`, { most: bytes, mayGoOn })
      // it is gone, or its maker lets nobody read it
      .catch(() => undefined)
    if (sha256 !== undefined) hashes.set(name, sha256)
  }
  return hashes
}

/** What a list of all of them has passed over stands in its notes. */
async function tooLarge(
  store: Store,
  folder: string,
  { files, total }: { files: readonly { bytes: number }[]; total: number },
  { limit }: OutputsAsked,
): Promise<string | undefined> {
  const listed = files.reduce((sum, file) => sum + file.bytes, 0)
  const measured = await store.measure(folder, MEASURE_SECONDS)
  const isLittle = total === files.length && listed < limit.bytes / 2
  return tooMuch(limit, isLittle ? { bytes: measured.bytes } : measured)
}

async function readMetrics(store: Store, path: string): Promise<Metrics> {
  try {
    const { size, stream } = await store.read(path, { to: limits.metricsBytes })
    if (size > limits.metricsBytes) {
      stream.destroy()
      return { error: `metrics.json has ${size} bytes; ${limits.metricsBytes} at most are read` }
    }
    return parseMetrics((await buffer(stream)).toString('utf8'))
  } catch (error) {
    if (isUnreadable(error)) return { error: 'metrics.json cannot be read: its maker lets nobody' }
    if (!(error instanceof StoreError)) throw error
    return error.code === 'missing' ? { metrics: {} } : { error: 'metrics.json is not a regular file' }
  }
}
