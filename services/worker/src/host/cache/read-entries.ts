/** Finds what lies in a cache: at the start of a worker. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Sha256 } from '@carya/contracts'
import { contentKey, treeKey, type CacheEntry } from './entries.ts'

export const TREE_NOTE = 'tree.json'
/** Of a tree, in its folder. `boot`: the files of a tree are not flushed, so that it counts until the host has gone down. */
export const TreeNote = z.object({ bytes: z.number(), content: z.number(), boot: z.string() })

export type EntriesFound = {
  /** all that are whole */
  entries: CacheEntry[]
  /** keys of trees of before the host's last start, or of another host, and of what is no tree at all */
  strays: string[]
}

/** Looks alone: whoever uses the cache now may be another worker. What cannot be looked at is not there. */
export async function readEntries(root: string, bootId: string): Promise<EntriesFound> {
  const [contents, trees] = await Promise.all([readContents(root), readTrees(root, bootId)])
  return { entries: [...contents, ...trees.entries], strays: trees.strays }
}

async function readContents(root: string): Promise<CacheEntry[]> {
  const entries: CacheEntry[] = []
  for (const first of await readdir(join(root, 'sha256'))) {
    const names = await readdir(join(root, 'sha256', first)).catch(() => [])
    const look = async (name: string): Promise<void> => {
      if (!Sha256.safeParse(name).success) return
      const key = contentKey(name)
      const stats = await statsOf(join(root, key))
      if (!stats?.isFile()) return
      const { size, mtimeMs } = stats
      entries.push({ key, bytes: size, content: size, usedAt: mtimeMs, notedAt: mtimeMs })
    }
    await Promise.all(names.map(look))
  }
  return entries
}

async function readTrees(root: string, bootId: string): Promise<EntriesFound> {
  const found: EntriesFound = { entries: [], strays: [] }
  for (const name of await readdir(join(root, 'trees'))) {
    const key = treeKey(name)
    const note = await readNote(join(root, key))
    const stats = note?.boot === bootId ? await statsOf(join(root, key)) : undefined
    if (note && stats) {
      const { bytes, content } = note
      found.entries.push({ key, bytes, content, usedAt: stats.mtimeMs, notedAt: stats.mtimeMs })
    } else found.strays.push(key)
  }
  return found
}

const statsOf = (path: string) => stat(path).catch(() => undefined)

async function readNote(path: string): Promise<z.infer<typeof TreeNote> | undefined> {
  try {
    return TreeNote.parse(JSON.parse(await readFile(join(path, TREE_NOTE), 'utf8')))
  } catch {
    return undefined // cut short: whoever made it was not the one who put it here whole
  }
}
