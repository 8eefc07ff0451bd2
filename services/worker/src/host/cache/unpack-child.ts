/**
 * The process that unpacks one archive. It is a stranger's: what it takes of time and memory is taken here, and
 * this process may write nowhere but below the folder that it is given, whatever the libraries do.
 */
import { open } from 'node:fs/promises'
import { Unavailable } from '../unavailable.ts'
import { isGzip, isZip, type ArchiveLimits } from './archive-name.ts'
import { readTar } from './read-tar.ts'
import { readZip } from './read-zip.ts'
import { TreeWriter } from './tree-writer.ts'

export type Unpacked = { bytes: number } | { refused: string } | { code: string; message: string }

const [, , archive = '', folder = '', bytes = '0', entries = '0'] = process.argv
process.umask(0o022)
// who started it is gone, and nobody would hear of the end, nor end it
process.on('disconnect', () => process.exit())

unpack(archive, folder, { bytes: Number(bytes), entries: Number(entries) }).then(answer, (error: unknown) => {
  if (error instanceof Unavailable) return answer({ refused: error.message })
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  answer({ code, message: error instanceof Error ? error.message : String(error) })
})

async function unpack(path: string, into: string, limits: ArchiveLimits): Promise<Unpacked> {
  const writer = new TreeWriter(into, limits)
  const start = await readStart(path)
  if (isZip(start)) await readZip(path, writer)
  else if (isGzip(start) || isTar(start)) await readTar(path, isGzip(start), writer, limits)
  else throw new Unavailable('it is no archive that can be unpacked: neither tar, tar.gz nor zip')
  return { bytes: writer.size }
}

async function readStart(path: string): Promise<Buffer> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
  return buffer.subarray(0, bytesRead)
}

/** By the sum of its first header: old ones have no magic. */
function isTar(start: Buffer): boolean {
  if (start.length < 512) return false
  const told = Number.parseInt(start.toString('latin1', 148, 156), 8)
  let sum = 0
  for (const [index, byte] of start.entries()) sum += index >= 148 && index < 156 ? 32 : byte
  return told === sum
}

function answer(unpacked: Unpacked): void {
  process.send?.(unpacked, () => process.exit())
}
