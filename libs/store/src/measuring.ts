/**
 * Measures how much lies below a folder while a hostile model goes on writing there: links are never followed, sizes
 * are those that files claim (one that is sparse counts whole) or, where that is much more, what was set aside for
 * them, and the walk is bounded in entries and in time.
 */
import { lstatSync, type Stats } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { errnoOf } from './error.ts'
import { locate } from './regular-file.ts'

/** What an entry takes at least: most file systems give it a block, and all of them have only so many. */
const BLOCK = 4096
const MOST_ENTRIES = 1_000_000
/** Entries looked at before others have their turn. */
const TURN = 512

/** A name need not be UTF-8. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Node gives names as bytes too, its types do not tell
const BY_BYTES = { encoding: 'buffer' as unknown as BufferEncoding, bufferSize: TURN }

/**
 * `isWhole`: false where there is more than was looked at; `crowd`: so many entries, where there are more than are
 * ever looked at. `hidden`: a folder whose maker lets nobody read it, or see what lies in it.
 */
export type Measured = { bytes: number; isWhole: boolean; crowd?: number; hidden?: string }

/**
 * Bytes below a folder, each entry rounded up to 4 KiB, within so many seconds. A missing folder has none. The calls
 * that look at files are synchronous: ten times as cheap, and for a process that may hang.
 */
export async function measureFolder(root: string, relative: string, seconds: number): Promise<Measured> {
  // a character for each byte, from here on
  const base = Buffer.from(locate(root, relative)).toString('latin1')
  const until = performance.now() + seconds * 1000
  const folders = [base]
  const linked = new Set<number>()
  let bytes = 0
  let entries = 0
  let hidden: string | undefined
  const measured = (isWhole: boolean): Measured => ({
    bytes,
    isWhole,
    ...(hidden === undefined ? {} : { hidden: String(pathOf(hidden.slice(base.length + 1))) || '.' }),
  })
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // one that is swapped for a link just now is counted with what it leads to, which harms its maker alone
    const found = await opendir(pathOf(folder), BY_BYTES).catch(passGone)
    if (found === 'hidden') hidden ??= folder
    if (typeof found !== 'object') continue
    for await (const entry of found) {
      entries += 1
      if (entries % TURN === 0) {
        if (entries >= MOST_ENTRIES) return { ...measured(false), crowd: MOST_ENTRIES }
        if (performance.now() > until) return measured(false)
        await setImmediate()
      }
      // not joined by copying: a million long paths would take all memory, where they share their beginning
      const path = `${folder}/${bytesOf(entry.name)}`
      if (entry.isDirectory()) folders.push(path)
      const stats = entry.isFile() ? statsOf(path) : undefined
      if (stats === 'hidden') hidden ??= folder
      // other names of a file take nothing
      if (typeof stats === 'object' && stats.nlink > 1) {
        if (linked.has(stats.ino)) continue
        linked.add(stats.ino)
      }
      bytes += typeof stats === 'object' ? takenBy(stats) : BLOCK
    }
  }
  return measured(true)
}

/** A file can have blocks beyond its end. File systems set some aside by themselves, as much again as it has. */
function takenBy({ size, blocks }: Stats): number {
  const claimed = Math.max(1, Math.ceil(size / BLOCK)) * BLOCK
  const aside = blocks * 512
  return aside > 2 * claimed ? aside : claimed
}

const pathOf = (bytes: string): Buffer => Buffer.from(bytes, 'latin1')

function bytesOf(name: unknown): string {
  return Buffer.isBuffer(name) ? name.toString('latin1') : Buffer.from(String(name)).toString('latin1')
}

function statsOf(path: string) {
  try {
    return lstatSync(pathOf(path))
  } catch (error) {
    return passGone(error)
  }
}

/** What its maker removes meanwhile counts nothing. */
function passGone(error: unknown): 'gone' | 'hidden' {
  const code = errnoOf(error) ?? ''
  // what lies too deep for a path is there, and takes what it takes
  if (code === 'EACCES' || code === 'ENAMETOOLONG') return 'hidden'
  if (!['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) throw error
  return 'gone'
}
