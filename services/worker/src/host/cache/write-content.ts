/**
 * Writes a file of the cache. It is made in `tmp/`, hashed while it is written, flushed, and only then put in its
 * place; a process that is killed meanwhile leaves something in `tmp/`, which nobody takes for content. A disk that is
 * full makes others leave, and the writing goes on where it was.
 */
import { createHash } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { otherHash, Unavailable } from '../unavailable.ts'
import { contentKey, type Claim, type Entries } from './entries.ts'

export type WriteOptions = {
  /** bytes */
  limit: number
  /** bytes that it must have; undefined: any */
  length?: number | undefined
  sha256?: string | undefined
}

const AT_LEAST = 64 * 2 ** 20
const PIECE = 2 ** 20

/** The content, in the cache, claimed. Throws what the source throws, and what is wrong with it, and leaves nothing then. */
export async function writeContent(
  entries: Entries,
  source: AsyncIterable<Uint8Array>,
  { limit, length, sha256: wanted }: WriteOptions,
): Promise<Claim & { sha256: string }> {
  if (length !== undefined && length > limit) throw new Unavailable(`larger than ${limit} bytes`)
  const over = length === undefined ? () => {} : await entries.makeRoom(length)
  const temporary = entries.temporary()
  try {
    const { sha256, bytes } = await write(entries, temporary, source, limit)
    if (length !== undefined && bytes !== length)
      throw new Unavailable(`cut short: ${bytes} of ${length} bytes came`)
    if (wanted !== undefined && sha256 !== wanted) throw otherHash(sha256, wanted)
    return { ...(await entries.put(temporary, { key: contentKey(sha256), bytes, content: bytes })), sha256 }
  } catch (error) {
    await rm(temporary, { force: true })
    throw isFull(error) ? await entries.full() : error
  } finally {
    over()
  }
}

async function write(
  entries: Entries,
  path: string,
  source: AsyncIterable<Uint8Array>,
  limit: number,
): Promise<{ sha256: string; bytes: number }> {
  await using file = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of inPieces(source)) {
    if (bytes + chunk.byteLength > limit) throw new Unavailable(`larger than ${limit} bytes`)
    hash.update(chunk)
    await writeAt(entries, file, chunk, bytes)
    bytes += chunk.byteLength
  }
  await file.chmod(0o444)
  await file.sync()
  return { sha256: hash.digest('hex'), bytes }
}

/** Larger ones than a socket gives: each is written by itself, and waits for a thread. */
async function* inPieces(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of source) {
    chunks.push(chunk)
    bytes += chunk.byteLength
    if (bytes < PIECE) continue
    yield Buffer.concat(chunks)
    chunks = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(chunks)
}

async function writeAt(entries: Entries, file: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength;) {
    try {
      const { bytesWritten } = await file.write(chunk, done, chunk.byteLength - done, at + done)
      done += bytesWritten
    } catch (error) {
      if (!isFull(error) || (await entries.evict(AT_LEAST)) === 0) throw error
    }
  }
}

/** The disk is, or what its owner may use of it. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
}
