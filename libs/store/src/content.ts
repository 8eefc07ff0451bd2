/**
 * Files named by their content: `files/sha256/<first two hex>/<hex>`. What is there is whole and never changes: it
 * was hashed while it was written under another name, flushed, and only then given its own. Two uploads of the same
 * bytes end as one file, whoever comes last.
 */
import { createHash, randomBytes } from 'node:crypto'
import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StoreError } from './error.ts'
import { give, makeBelow, type Owner } from './owner.ts'

const INCOMING = 'files/incoming'

export type Stored = { sha256: string; bytes: number }
export type PutOptions = { limit: number; sha256?: string | undefined }

/** Where the content of this hash lies, relative to the store's root. */
export function contentPath(sha256: string): string {
  return `files/sha256/${sha256.slice(0, 2)}/${sha256}`
}

/**
 * Stores what the source gives, in one pass; durable when it returns. Throws `too_large` beyond `limit` bytes,
 * `mismatch` where the hash is not the one expected, and what the source throws; then nothing is left behind.
 */
export async function putContent(
  root: string,
  owner: Owner,
  source: AsyncIterable<Uint8Array>,
  { limit, sha256: expected }: PutOptions,
): Promise<Stored> {
  await makeBelow(root, INCOMING, owner)
  const temporary = join(root, INCOMING, randomBytes(16).toString('hex'))
  try {
    const stored = await write(temporary, source, limit)
    if (expected !== undefined && expected !== stored.sha256)
      throw new StoreError('mismatch', `the content has the SHA-256 ${stored.sha256}, not ${expected}`)
    const path = contentPath(stored.sha256)
    await makeBelow(root, dirname(path), owner)
    await give(temporary, owner)
    await rename(temporary, join(root, path))
    return stored
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function write(path: string, source: AsyncIterable<Uint8Array>, limit: number): Promise<Stored> {
  await using handle: FileHandle = await open(path, 'wx', 0o444)
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    if (bytes > limit) throw new StoreError('too_large', `larger than ${limit} bytes`)
    hash.update(chunk)
    await handle.writeFile(chunk)
  }
  await handle.sync()
  return { sha256: hash.digest('hex'), bytes }
}
