/** A zip archive, by its directory, entry by entry; names that are no plain ones the library refuses as well. */
import { crc32 } from 'node:zlib'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { Unavailable } from '../unavailable.ts'
import { otherKind } from './archive-name.ts'
import type { TreeWriter } from './tree-writer.ts'

/** The kind of a file, in the mode that archives of Unix have in the upper half of the attributes. */
const KIND = 0o170_000
const KINDS: ReadonlySet<number> = new Set([0, 0o100_000, 0o040_000])

export async function readZip(path: string, writer: TreeWriter): Promise<void> {
  const zip = await openPromise(path, { strictFileNames: true, validateEntrySizes: true })
  try {
    for await (const entry of zip.eachEntry()) await take(zip, entry, writer)
  } finally {
    zip.close()
  }
}

async function take(zip: ZipFile, entry: Entry, writer: TreeWriter): Promise<void> {
  const { fileName } = entry
  const mode = entry.externalFileAttributes >>> 16
  if (!KINDS.has(mode & KIND)) throw otherKind(fileName, `mode ${mode.toString(8)}`)
  if (entry.isEncrypted()) throw new Unavailable(`${JSON.stringify(fileName)} in it is encrypted`)
  if (fileName.endsWith('/')) return writer.folder(fileName)
  await writer.file(fileName, mode, checked(await zip.openReadStreamPromise(entry), entry))
}

async function* checked(source: AsyncIterable<unknown>, { fileName, crc32: wanted }: Entry) {
  let found = 0
  for await (const chunk of source) {
    if (!Buffer.isBuffer(chunk)) throw new Error('the stream gave no bytes')
    found = crc32(chunk, found)
    yield chunk
  }
  if (found !== wanted)
    throw new Unavailable(`it is damaged: ${JSON.stringify(fileName)} has another checksum`)
}
