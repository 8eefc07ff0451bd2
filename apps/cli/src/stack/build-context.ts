/** What of a folder an image is built from: all of it but what its `.dockerignore` leaves out. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

const IGNORE_FILE = '.dockerignore'

/**
 * Paths of files, links and folders to hand to the engine, relative, a folder before what is in it. The engine needs the
 * Dockerfile and `.dockerignore` in any case, and takes them out itself before anything is copied.
 */
export async function contextFiles(folder: string, dockerfile: string): Promise<string[]> {
  const text = await readFile(join(folder, IGNORE_FILE), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const { default: packed } = await import('@balena/dockerignore')
  const rules = packed.default({ ignorecase: false }).add(text)
  const hasExceptions = /^\s*!/m.test(text)
  const found: string[] = []
  const visit = async (at: string): Promise<void> => {
    for (const entry of await readdir(join(folder, at), { withFileTypes: true })) {
      const path = join(at, entry.name)
      const isLeftOut = path !== dockerfile && path !== IGNORE_FILE && rules.ignores(path)
      if (!isLeftOut) found.push(path)
      // an exception may lie deep in a folder that is left out
      if (entry.isDirectory() && (!isLeftOut || hasExceptions)) await visit(path)
    }
  }
  await visit('')
  return found
}
