/** Finds what lies in a cache: at the start of a worker. */
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Sha256 } from '@carya/contracts'
import { contentKey, treeKey, type CacheEntry } from './entries.ts'

export const TREE_NOTE = 'tree.json'
/** Of a tree, in its folder. `boot`: the files of a tree are not flushed, so that it counts until the host has gone down. */
export const TreeNote = z.object({ bytes: z.number(), content: z.number(), boot: z.string() })

/** All entries that are whole; trees of before the host's last start are removed. */
export async function readEntries(root: string, bootId: string): Promise<CacheEntry[]> {
  const [contents, trees] = await Promise.all([readContents(root), readTrees(root, bootId)])
  return [...contents, ...trees]
}

async function readContents(root: string): Promise<CacheEntry[]> {
  const entries: CacheEntry[] = []
  for (const first of await readdir(join(root, 'sha256'))) {
    const names = await readdir(join(root, 'sha256', first))
    const look = async (name: string): Promise<void> => {
      if (!Sha256.safeParse(name).success) return
      const key = contentKey(name)
      const { size, mtimeMs } = await stat(join(root, key))
      entries.push({ key, bytes: size, content: size, usedAt: mtimeMs, notedAt: mtimeMs })
    }
    await Promise.all(names.map(look))
  }
  return entries
}

async function readTrees(root: string, bootId: string): Promise<CacheEntry[]> {
  const entries: CacheEntry[] = []
  for (const name of await readdir(join(root, 'trees'))) {
    const path = join(root, treeKey(name))
    const note = await readNote(path)
    if (note?.boot !== bootId) {
      await rm(path, { recursive: true, force: true })
      continue
    }
    const { mtimeMs } = await stat(path)
    const { bytes, content } = note
    entries.push({ key: treeKey(name), bytes, content, usedAt: mtimeMs, notedAt: mtimeMs })
  }
  return entries
}

async function readNote(path: string): Promise<z.infer<typeof TreeNote> | undefined> {
  try {
    return TreeNote.parse(JSON.parse(await readFile(join(path, TREE_NOTE), 'utf8')))
  } catch {
    return undefined // cut short: whoever made it was not the one who put it here whole
  }
}
