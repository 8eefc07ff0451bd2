/** Lists what an ended attempt left. Its tree is hostile: links are never followed, and every count is bounded. */
import type { Dirent } from 'node:fs'
import { lstat, opendir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreError, errnoOf } from './error.ts'
import { locate } from './regular-file.ts'

const MOST_ENTRIES = 200_000
const DEEPEST = 32

export type Listed = { name: string; bytes: number }
/** `total` counts regular files also beyond those listed; `notes` say in words what was passed over. */
export type Listing = { files: Listed[]; total: number; notes: string[] }

export type ListOptions = {
  /** Is told of each file, also of those that are not listed, and gives its rank: 0 is listed before 1. */
  rank?: (name: string) => number
  /** names, relative to the folder, that are not looked at, nor what lies below them */
  leaveOut?: ReadonlySet<string>
}

type Walk = {
  most: number
  options: ListOptions
  /** by rank */
  names: string[][]
  total: number
  entries: number
  skipped: number
  folders: string[]
}

/**
 * The regular files below a folder, by rank and name, names relative to the folder. At most `most` of them, those of a
 * rank that are found first; at most 200,000 entries, 32 folders deep, are looked at. A missing folder lists nothing.
 */
export async function listFiles(
  root: string,
  relative: string,
  most: number,
  options: ListOptions = {},
): Promise<Listing> {
  const base = locate(root, relative)
  const walk: Walk = { most, options, names: [], total: 0, entries: 0, skipped: 0, folders: [''] }
  try {
    if ((await realpath(base)) !== base)
      throw new StoreError('outside', `reached through a link: ${relative}`)
    for (let folder = walk.folders.pop(); folder !== undefined; folder = walk.folders.pop())
      if (!(await walkFolder(base, folder, walk))) break
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
  const { files, lost } = await sized(base, chosen(walk))
  walk.skipped += lost
  const notes: string[] = []
  if (walk.entries > MOST_ENTRIES) notes.push(`more than ${MOST_ENTRIES} entries; the rest was not looked at`)
  if (walk.skipped > 0)
    notes.push(`${walk.skipped} entries that are no regular files with readable names were passed over`)
  return { files, total: walk.total - lost, notes }
}

/** False where the bound on entries is reached. */
async function walkFolder(base: string, folder: string, walk: Walk): Promise<boolean> {
  const entries = await openOwn(join(base, folder))
  if (!entries) {
    walk.skipped += 1
    return true
  }
  for await (const entry of entries) {
    walk.entries += 1
    if (walk.entries > MOST_ENTRIES) return false
    take(walk, entry, folder === '' ? entry.name : `${folder}/${entry.name}`)
  }
  return true
}

function take(walk: Walk, entry: Dirent, name: string): void {
  const { rank, leaveOut } = walk.options
  if (leaveOut?.has(name)) return
  const deep = name.split('/').length > DEEPEST
  const readable = !entry.name.includes('\uFFFD')
  if (entry.isDirectory() && readable && !deep) walk.folders.push(name)
  else if (entry.isFile() && readable) {
    walk.total += 1
    const names = (walk.names[rank?.(name) ?? 0] ??= [])
    if (names.length < walk.most) names.push(name)
  } else walk.skipped += 1
}

/** What its maker put where nobody can look. */
const OUT_OF_SIGHT: ReadonlySet<string | undefined> = new Set(['EACCES', 'ENAMETOOLONG'])

/** Undefined where its maker left a folder that nobody may read, or that lies too deep for a path. */
function openOwn(path: string) {
  return opendir(path).catch((error: unknown) => {
    if (!OUT_OF_SIGHT.has(errnoOf(error))) throw error
    return undefined
  })
}

function chosen({ names, most }: Walk): string[] {
  return names.flatMap((some) => some.toSorted((a, b) => (a < b ? -1 : 1))).slice(0, most)
}

/** `lost`: how many are gone meanwhile, or cannot be looked at. */
async function sized(base: string, names: readonly string[]): Promise<{ files: Listed[]; lost: number }> {
  const files: Listed[] = []
  for (const name of names) {
    const stats = await lstat(join(base, name)).catch((error: unknown) => {
      const code = errnoOf(error)
      if (code !== 'ENOENT' && !OUT_OF_SIGHT.has(code)) throw error
      return undefined
    })
    if (stats) files.push({ name, bytes: stats.size })
  }
  return { files, lost: names.length - files.length }
}
