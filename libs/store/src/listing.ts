/** Lists what an ended attempt left. Its tree is hostile: links are never followed, and every count is bounded. */
import { lstat, opendir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError, errnoOf } from './error.ts'
import { locate } from './regular-file.ts'

const MOST_ENTRIES = 200_000
const DEEPEST = 32

export type Listed = { name: string; bytes: number }
/** `total` counts regular files also beyond those listed; `notes` say in words what was passed over. */
export type Listing = { files: Listed[]; total: number; notes: string[] }

type Walk = Listing & { most: number; entries: number; skipped: number; folders: string[] }

/**
 * The regular files below a folder, by name in each folder's order of discovery, at most `most` of them, names
 * relative to the folder. At most 200,000 entries, 32 folders deep, are looked at. A missing folder lists nothing.
 */
export async function listFiles(root: string, relative: string, most: number): Promise<Listing> {
  const base = locate(root, relative)
  const walk: Walk = { files: [], total: 0, notes: [], most, entries: 0, skipped: 0, folders: [''] }
  try {
    if ((await realpath(base)) !== base)
      throw new StoreError('outside', `reached through a link: ${relative}`)
    for (let folder = walk.folders.pop(); folder !== undefined; folder = walk.folders.pop())
      if (!(await walkFolder(base, folder, walk))) break
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  if (walk.entries > MOST_ENTRIES)
    walk.notes.push(`more than ${MOST_ENTRIES} entries; the rest was not looked at`)
  if (walk.skipped > 0)
    walk.notes.push(`${walk.skipped} entries that are no regular files with readable names were passed over`)
  const files = walk.files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return { files, total: walk.total, notes: walk.notes }
}

/** False where the bound on entries is reached. */
async function walkFolder(base: string, folder: string, walk: Walk): Promise<boolean> {
  for await (const entry of await opendir(join(base, folder))) {
    walk.entries += 1
    if (walk.entries > MOST_ENTRIES) return false
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`
    const deep = name.split('/').length > DEEPEST
    const readable = !entry.name.includes('\uFFFD')
    if (entry.isDirectory() && readable && !deep) walk.folders.push(name)
    else if (entry.isFile() && readable) {
      walk.total += 1
      if (walk.files.length < walk.most)
        walk.files.push({ name, bytes: (await lstat(join(base, name))).size })
    } else walk.skipped += 1
  }
  return true
}
