/**
 * Files that are whole or not there: made in a work folder, flushed, then given their name. What a killed process
 * left in its work folder the next one removes.
 */
import { randomBytes } from 'node:crypto'
import { chown, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const WORK = 'work'

export type WorkFolder = AsyncDisposable & { path: string }

/** An empty folder `work/<random>` below `folder`, the only one there; removed at the end. */
export async function makeWorkFolder(folder: string): Promise<WorkFolder> {
  const all = join(folder, WORK)
  await rm(all, { recursive: true, force: true })
  const path = join(all, randomBytes(8).toString('hex'))
  await makeFolder(all)
  await makeFolder(path)
  return { path, [Symbol.asyncDispose]: () => rm(all, { recursive: true, force: true }) }
}

/** Makes a folder where it is missing; it belongs to whom its parent belongs. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
  await give(path)
}

/** Flushes a file, then moves it to its name; both lie in one file system. Durable when it returns. */
export async function publish(temporary: string, target: string): Promise<void> {
  await flush(temporary)
  await rename(temporary, target)
  await give(target)
  await flush(dirname(target))
}

async function flush(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}

/** Where we are root, what we make belongs to the owner of the folder it is in. */
async function give(path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(dirname(path))
  await chown(path, uid, gid)
}
