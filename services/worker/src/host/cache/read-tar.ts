/**
 * A tar archive, packed by gzip or not, entry by entry. The library only reads it; what is written where is decided by
 * the writer. What comes out of gzip is counted before it is looked at.
 */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { Parser, type ReadEntry } from 'tar'
import { Unavailable } from '../unavailable.ts'
import { isGzip, otherKind, Tally, type ArchiveLimits } from './archive-name.ts'
import type { TreeWriter } from './tree-writer.ts'

/** Headers and padding that an archive may have for each of its entries, bytes. */
const AROUND = 8192
const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile'])
/** What the library passes over, and what is no part of what was packed. */
const ABOUT: ReadonlySet<string> = new Set(['TapeVolumeHeader', 'SolarisACL'])
/** In the headers of a file whose holes were left out: its content is a map of what is there, and that. */
const SPARSE = /^\d+ GNU\.sparse\./m

export async function readTar(
  path: string,
  isPacked: boolean,
  writer: TreeWriter,
  limits: ArchiveLimits,
): Promise<void> {
  const stop = new AbortController()
  const fail = (error: unknown): void => stop.abort(error)
  let work = Promise.resolve()
  const parser = new Parser({ strict: true, brotli: false, zstd: false })
  const ended = once(parser, 'end', { signal: stop.signal })
  let isWhole = false
  let isOver = false
  ended.catch(() => {})
  parser.on('nullBlock', () => (isWhole = true)).on('eof', () => (isWhole = isOver = true))
  parser.on('error', fail)
  parser.on('ignoredEntry', ({ type, path: name }: ReadEntry) => {
    if (type === 'SparseFile') fail(withHoles())
    else if (!ABOUT.has(type)) fail(otherKind(name, type))
  })
  parser.on('meta', (headers: string) => void (SPARSE.test(headers) && fail(withHoles())))
  parser.on('entry', (entry: ReadEntry) => {
    work = work
      .then(() => (stop.signal.aborted ? undefined : take(entry, writer)))
      .catch(fail)
      .finally(() => entry.resume())
  })
  try {
    for await (const chunk of unpacked(path, isPacked, limits)) {
      stop.signal.throwIfAborted()
      if (isOver) break
      if (!parser.write(chunk)) await once(parser, 'drain', { signal: stop.signal })
    }
    parser.end()
    await ended
    if (!isWhole) throw new Unavailable('it is cut short: its end is missing')
    await work
  } catch (error) {
    fail(error)
  }
  // not waited for: what an entry lacks whose archive is broken never comes
  stop.signal.throwIfAborted()
}

async function take(entry: ReadEntry, writer: TreeWriter): Promise<void> {
  if (FILES.has(entry.type)) await writer.file(entry.path, entry.mode ?? 0, entry)
  else if (entry.type === 'Directory') await writer.folder(entry.path)
  else throw otherKind(entry.path, entry.type)
}

function withHoles(): Unavailable {
  return new Unavailable('it holds a file without its holes, which is not read: make it without --sparse')
}

/** What the parser is given: a tar archive, and never one that it would unpack by itself. */
async function* unpacked(path: string, isPacked: boolean, limits: ArchiveLimits): AsyncIterable<Buffer> {
  const whole = new Tally({ bytes: limits.bytes + limits.entries * AROUND, entries: 0 })
  const file = createReadStream(path)
  const unzip = isPacked ? createGunzip() : undefined
  if (unzip) file.on('error', (error) => unzip.destroy(error)).pipe(unzip)
  try {
    let isFirst = true
    for await (const chunk of unzip ?? file) {
      if (!Buffer.isBuffer(chunk)) throw new Error('the stream gave no bytes')
      if (isFirst && isPacked && isGzip(chunk)) throw new Unavailable('it is packed twice')
      isFirst = false
      whole.add(chunk.byteLength)
      yield chunk
    }
  } finally {
    file.destroy()
    unzip?.destroy()
  }
}
