/** A part of a file as a stream. */
import { Readable } from 'node:stream'
import { openRegular } from './regular-file.ts'

/** `size` of the whole file when it was opened; the stream gives the bytes from `from` up to, not with, `to`. */
export type Slice = { size: number; modifiedAt: Date; from: number; to: number; stream: Readable }
export type ByteRange = { from?: number | undefined; to?: number | undefined }

/**
 * Opens a part of a regular file inside the root; bounds beyond the file are cut to it. The stream must be read to
 * its end or destroyed, or the file stays open. Throws `missing`, `outside` or `not_a_file`.
 */
export async function openSlice(root: string, relative: string, range: ByteRange = {}): Promise<Slice> {
  const { handle, stats } = await openRegular(root, relative)
  const from = Math.min(Math.max(range.from ?? 0, 0), stats.size)
  const to = Math.min(Math.max(range.to ?? stats.size, from), stats.size)
  const facts = { size: stats.size, modifiedAt: stats.mtime, from, to }
  if (to > from) return { ...facts, stream: handle.createReadStream({ start: from, end: to - 1 }) }
  await handle.close()
  return { ...facts, stream: Readable.from([]) }
}
