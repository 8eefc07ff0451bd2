/**
 * Finds or fetches a run's inputs. Each ends as a path on this host that is mounted read-only: content of the store
 * and files of the operator's folders where they lie, everything else as a copy in the attempt's folder. Where a
 * hash is given it is the hash of the very bytes that the model gets: those are copied while they are hashed.
 */
import type { Failure, Job } from '@carya/contracts'
import type { Store } from '@carya/store'
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openTurns, type Turns } from '../turns.ts'
import { fetchUrl } from '@carya/fetch'

export type InputOptions = {
  store: Store
  /** folders that `file:` inputs may come from */
  fileRoots: readonly string[]
  allowPrivateUrls: boolean
  /** bytes */
  limit: number
}
export type FoundInput = { name: string; path: string }

/** What many preparations share: turns at the disk, and transfers, which may take long and keep no others from it. */
export type InputLines = { files: Turns; fetches: Turns }

/** Of one job at once. */
const AT_ONCE = 2

class Unavailable extends Error {}

/** All inputs of a job, or why one of them cannot be had. `folder`: where copies go. */
export async function findInputs(
  job: Job,
  folder: string,
  options: InputOptions & InputLines,
  signal: AbortSignal,
): Promise<FoundInput[] | Failure> {
  const names = Object.keys(job.inputs)
  if (names.length === 0) return []
  const copies = join(folder, 'inputs')
  await options.files.run(() => mkdir(copies, { recursive: true }), signal)
  const turns = openTurns(AT_ONCE)
  const found = await Promise.allSettled(
    names.map(async (name) => {
      const { url, sha256 } = job.inputs[name]!
      const path = await turns.run(() => findInput(url, sha256, join(copies, name), options, signal))
      return { name, path }
    }),
  )
  const failed = found.findIndex((each) => each.status === 'rejected')
  if (failed === -1) return found.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  signal.throwIfAborted()
  const outcome = found[failed]!
  const reason: unknown = outcome.status === 'rejected' ? outcome.reason : undefined
  const told = reason instanceof Error ? reason.message : String(reason)
  const detail = `input ${names[failed]} (${job.inputs[names[failed]!]!.url}): ${told}`
  return { kind: 'input_unavailable', detail }
}

function findInput(
  url: string,
  sha256: string | undefined,
  copy: string,
  { files, fetches, ...options }: InputOptions & InputLines,
  signal: AbortSignal,
): Promise<string> {
  if (url.startsWith('store:'))
    return files.run(() => findStored(url.slice('store:sha256/'.length), sha256, options.store), signal)
  if (url.startsWith('file:')) return files.run(() => findFile(url, sha256, copy, options, signal), signal)
  const source = () => fetchUrl(url, { allowPrivate: options.allowPrivateUrls, signal })
  return fetches.run(() => write(copy, source(), sha256, options.limit), signal)
}

async function findStored(named: string, sha256: string | undefined, store: Store): Promise<string> {
  if (sha256 !== undefined && sha256 !== named) throw otherHash(named, sha256)
  const path = store.contentPath(named)
  const { stream } = await store.read(path, { from: 0, to: 0 })
  stream.destroy()
  return join(store.root, path)
}

async function findFile(
  url: string,
  sha256: string | undefined,
  copy: string,
  { fileRoots, limit }: InputOptions,
  signal: AbortSignal,
): Promise<string> {
  const path = await findAllowed(url, fileRoots)
  if (sha256 === undefined) return path
  if (!(await stat(path)).isFile()) throw new Unavailable('only a file can have a SHA-256')
  return write(copy, createReadStream(path, { signal }), sha256, limit)
}

async function findAllowed(url: string, roots: readonly string[]): Promise<string> {
  const path = await realpath(fileURLToPath(url)).catch(() => undefined)
  const allowed: (string | undefined)[] = []
  for (const root of roots) allowed.push(await realpath(root).catch(() => undefined))
  // the same words whether it is there or not: what is outside of the folders is nobody's business
  if (path === undefined || !allowed.some((root) => root !== undefined && `${path}/`.startsWith(`${root}/`)))
    throw new Unavailable('not in a folder that the operator has opened for inputs (CARYA_FILE_ROOTS)')
  const stats = await stat(path)
  if (!stats.isFile() && !stats.isDirectory()) throw new Unavailable('neither a file nor a folder')
  return path
}

/** Writes the copy, whole or not at all, and only if it is the one expected: another may be making it as well. Its path. */
async function write(
  path: string,
  source: AsyncIterable<Uint8Array>,
  sha256: string | undefined,
  limit: number,
): Promise<string> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`
  try {
    await using file = await open(temporary, 'wx', 0o644)
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of source) {
      bytes += chunk.byteLength
      if (bytes > limit) throw new Unavailable(`larger than ${limit} bytes`)
      hash.update(chunk)
      await file.writeFile(chunk)
    }
    const found = hash.digest('hex')
    if (sha256 !== undefined && found !== sha256) throw otherHash(found, sha256)
    await rename(temporary, path)
    return path
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

function otherHash(found: string, wanted: string): Unavailable {
  return new Unavailable(`its SHA-256 is ${found}, not ${wanted}`)
}
