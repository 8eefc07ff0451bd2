/**
 * Finds or fetches a run's inputs. Each ends as a path on this host that is mounted read-only: content of the store
 * and files of the operator's folders where they lie, everything else in the host's cache. Where a hash is given it is
 * the hash of the very bytes that the model gets: those are copied while they are hashed.
 */
import type { Failure, InputRead, Job } from '@carya/contracts'
import type { Store } from '@carya/store'
import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isUnpacked } from '../domain/places.ts'
import { shownUrl } from '../domain/shown-url.ts'
import type { Waiting } from '../shared-work.ts'
import { openTurns, type Turns } from '../turns.ts'
import type { Cache, Cached } from './cache/cache.ts'
import type { FileHashes } from './file-hashes.ts'
import { otherHash, Unavailable } from './unavailable.ts'

export type InputOptions = {
  store: Store
  cache: Cache
  hashes: FileHashes
  /** folders that `file:` inputs may come from */
  fileRoots: readonly string[]
  /** turns at the disk */
  files: Turns
}
export type FoundInput = { name: string; path: string; isFolder: boolean }
/** `read`: what they were, for the report; `cached`: stays in the cache until the attempt is let go. */
export type FoundInputs = {
  found: FoundInput[]
  read: Record<string, InputRead>
  notes: string[]
  cached: Cached[]
}

/** `cached` where it lies in the cache. */
type Found = { path: string; isFolder: boolean; read: InputRead; cached?: Cached }

/** Of one job at once. */
const AT_ONCE = 2

/** All inputs of a job, or why one of them cannot be had: then the others are not waited for. */
export async function findInputs(
  job: Pick<Job, 'inputs' | 'setup'>,
  options: InputOptions,
  { signal, tell }: Waiting & { signal: AbortSignal },
): Promise<FoundInputs | Failure> {
  const names = Object.keys(job.inputs)
  const turns = openTurns(AT_ONCE)
  const sought = new Set<string>()
  const failed = new AbortController()
  const stop = AbortSignal.any([signal, failed.signal])
  let failure: Failure | undefined
  const find = async (name: string): Promise<Found> => {
    sought.add(name)
    tell?.(`fetches input ${[...sought].join(', ')}`)
    const input = job.inputs[name]!
    const found = await findInput(input, isUnpacked(job, name), options, stop).catch((error: unknown) => {
      const told = error instanceof Error ? error.message : String(error)
      failure ??= { kind: 'input_unavailable', detail: `input ${name} (${shownUrl(input.url)}): ${told}` }
      failed.abort()
      throw error
    })
    sought.delete(name)
    if (sought.size > 0) tell?.(`fetches input ${[...sought].join(', ')}`)
    return found
  }
  const outcomes = await Promise.allSettled(names.map((name) => turns.run(() => find(name), stop)))
  const all: FoundInputs = { found: [], read: {}, notes: [], cached: [] }
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'rejected') continue
    const name = names[index]!
    const url = shownUrl(job.inputs[name]!.url)
    const { path, isFolder, read, cached } = outcome.value
    all.found.push({ name, path, isFolder })
    all.read[name] = read
    if (cached) all.cached.push(cached)
    if (cached?.before !== undefined)
      all.notes.push(`input ${name}: the content of ${url} has changed: its SHA-256 was ${cached.before}`)
  }
  if (!stop.aborted) return all
  for (const { release } of all.cached) release()
  signal.throwIfAborted()
  return failure!
}

function findInput(
  { url, sha256 }: Job['inputs'][string],
  isArchive: boolean,
  options: InputOptions,
  signal: AbortSignal,
): Promise<Found> {
  const { cache } = options
  const wanted = { sha256, isUnpacked: isArchive }
  if (url.startsWith('store:')) return findStored(url.slice('store:sha256/'.length), wanted, options, signal)
  if (url.startsWith('file:')) return findFile(url, wanted, options, signal)
  return cache.fetch(url, wanted, signal).then((cached) => ofCache(cached, isArchive))
}

type Wanted = { sha256: string | undefined; isUnpacked: boolean }

async function findStored(
  named: string,
  { sha256, isUnpacked: isArchive }: Wanted,
  { store, cache, files }: InputOptions,
  signal: AbortSignal,
): Promise<Found> {
  if (sha256 !== undefined && sha256 !== named) throw otherHash(named, sha256)
  const relative = store.contentPath(named)
  const { size, stream } = await files.run(() => store.read(relative, { from: 0, to: 0 }), signal)
  stream.destroy()
  const path = join(store.root, relative)
  if (!isArchive) return { path, isFolder: false, read: { sha256: named, bytes: size } }
  return ofCache(await cache.unpack({ sha256: named, path, bytes: size }, signal), true)
}

async function findFile(
  url: string,
  wanted: Wanted,
  { fileRoots, cache, hashes, files }: InputOptions,
  signal: AbortSignal,
): Promise<Found> {
  const { path, isFolder } = await files.run(() => findAllowed(url, fileRoots), signal)
  if (isFolder && wanted.isUnpacked) throw new Unavailable('only a file can be unpacked')
  if (isFolder || (wanted.sha256 === undefined && !wanted.isUnpacked)) {
    const read = await hashes.of(path, signal)
    // of a folder, that of the list of its files, as a run that is made again asks it
    if (wanted.sha256 !== undefined && read.sha256 !== wanted.sha256)
      throw otherHash(read.sha256 ?? 'not known', wanted.sha256)
    return { path, isFolder, read }
  }
  const sha256 = wanted.sha256 ?? (await hashes.of(path, signal)).sha256
  const there = sha256 === undefined ? undefined : await cache.have(sha256, wanted.isUnpacked, signal)
  return ofCache(there ?? (await cache.copy(path, wanted, signal)), wanted.isUnpacked)
}

function ofCache(cached: Cached, isFolder: boolean): Found {
  const { path, sha256, bytes } = cached
  return { path, isFolder, read: { sha256, bytes }, cached }
}

async function findAllowed(
  url: string,
  roots: readonly string[],
): Promise<{ path: string; isFolder: boolean }> {
  const path = await realpath(fileURLToPath(url)).catch(() => undefined)
  const allowed: (string | undefined)[] = []
  for (const root of roots) allowed.push(await realpath(root).catch(() => undefined))
  // the same words whether it is there or not: what is outside of the folders is nobody's business
  if (path === undefined || !allowed.some((root) => root !== undefined && `${path}/`.startsWith(`${root}/`)))
    throw new Unavailable('not in a folder that the operator has opened for inputs (CARYA_FILE_ROOTS)')
  const stats = await stat(path)
  if (!stats.isFile() && !stats.isDirectory()) throw new Unavailable('neither a file nor a folder')
  return { path, isFolder: stats.isDirectory() }
}
