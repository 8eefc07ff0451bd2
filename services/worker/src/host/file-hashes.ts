/**
 * Hashes of inputs that stay where they lie, for the record of a run. They are found once for each state of a file,
 * told by the times that the file system keeps, and no oftener; what is too large is left without.
 */
import { createHash } from 'node:crypto'
import { createReadStream, type BigIntStats } from 'node:fs'
import { opendir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Turns } from '../turns.ts'
import { SharedWork } from '../shared-work.ts'

/** As the model found it; `sha256` is absent of what is too large, or was changed meanwhile. */
export type Hashed = { sha256?: string; bytes?: number }
export type FileHashes = { of(path: string, signal: AbortSignal): Promise<Hashed> }

const MOST_KNOWN = 50_000
const MOST_FILES = 10_000
const MOST_FOLDER = 4 * 2 ** 30
/** How long what was found of a folder holds: to look at it takes as many calls as it has files. */
const HOLDS_MS = 5000
/** A file that was changed so lately may change again without a sign. */
const SETTLED_NS = 2_000_000_000n

/** `limit`: of one file, bytes. `turns`: for reading files, which may take long. */
export function openFileHashes(limit: number, turns: Turns): FileHashes {
  const known = new Map<string, string>()
  const files = new SharedWork<string | undefined>({ stopsAlone: true })
  const folders = new SharedWork<Hashed>({ stopsAlone: true })
  const recent = new Map<string, { until: number; hashed: Hashed }>()

  const ofFile = async (
    path: string,
    before: BigIntStats,
    signal: AbortSignal,
  ): Promise<string | undefined> => {
    const state = stateOf(before)
    const there = known.get(state)
    if (there !== undefined) return there
    const read = async (stop: AbortSignal): Promise<string | undefined> => {
      const hash = createHash('sha256')
      for await (const chunk of createReadStream(path, { signal: stop })) hash.update(chunk)
      const after = await stat(path, { bigint: true })
      if (stateOf(after) !== state) return undefined
      const sha256 = hash.digest('hex')
      const age = BigInt(Date.now()) * 1_000_000n - after.ctimeNs
      if (age > SETTLED_NS) {
        known.set(state, sha256)
        if (known.size > MOST_KNOWN) known.delete(known.keys().next().value ?? '')
      }
      return sha256
    }
    return files.join(`${path} ${state}`, ({ signal: stop }) => turns.run(() => read(stop), stop), { signal })
  }

  const ofFolder = async (path: string, signal: AbortSignal): Promise<Hashed> => {
    const found = await filesBelow(path)
    if (!found) return {}
    const lines: string[] = []
    let bytes = 0
    const isRead = found.some(({ stats }) => !known.has(stateOf(stats)))
    for (const { name, stats } of found) {
      bytes += Number(stats.size)
      if (bytes > MOST_FOLDER) return {}
      const sha256 = await ofFile(join(path, name), stats, signal)
      if (sha256 === undefined) return {}
      lines.push(`${sha256}  ./${name}\n`)
    }
    // to read it may have taken long: one that was read first may be another by now
    if (isRead && stateOfAll((await filesBelow(path)) ?? []) !== stateOfAll(found)) return {}
    return { sha256: createHash('sha256').update(lines.join('')).digest('hex'), bytes }
  }

  const recentOrNew = async (path: string, signal: AbortSignal): Promise<Hashed> => {
    const now = performance.now()
    for (const [each, { until }] of recent) if (until < now) recent.delete(each)
    const there = recent.get(path)
    if (there) return there.hashed
    const hashed = await folders.join(path, ({ signal: stop }) => ofFolder(path, stop), { signal })
    recent.set(path, { until: performance.now() + HOLDS_MS, hashed })
    return hashed
  }
  const look = async (path: string, signal: AbortSignal): Promise<Hashed> => {
    const stats = await stat(path, { bigint: true })
    if (stats.isDirectory()) return recentOrNew(path, signal)
    const bytes = Number(stats.size)
    const sha256 = bytes > limit ? undefined : await ofFile(path, stats, signal)
    return { bytes, ...(sha256 === undefined ? {} : { sha256 }) }
  }
  return {
    async of(path, signal) {
      try {
        return await look(path, signal)
      } catch {
        signal.throwIfAborted()
        return {} // it is changing, or may not be read here: the model will tell
      }
    },
  }
}

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':')
}

function stateOfAll(files: readonly FileBelow[]): string {
  return files.map(({ name, stats }) => `${stateOf(stats)} ${name}`).join('\n')
}

type FileBelow = { name: string; stats: BigIntStats }

/** Regular files, by name, in the order of its bytes; links are not followed. Undefined where there are too many. */
async function filesBelow(root: string): Promise<FileBelow[] | undefined> {
  const found: FileBelow[] = []
  const folders = ['']
  let entries = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop())
    for await (const entry of await opendir(join(root, folder))) {
      entries += 1
      if (entries > MOST_FILES) return undefined
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) folders.push(name)
      else if (entry.isFile()) found.push({ name, stats: await stat(join(root, name), { bigint: true }) })
    }
  return found.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
}
