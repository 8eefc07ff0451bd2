/** What an image is made from, as one hash: the image is built again only when it changes. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { systemCode } from './error-code.ts'

/** Files under these paths of `base` (files or folders), sorted; `skip` leaves out names at any depth. */
export async function sourceFiles(
  base: string,
  paths: readonly string[],
  skip: (name: string) => boolean,
): Promise<string[]> {
  const files: string[] = []
  const visit = async (path: string): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
      if (systemCode(error) === 'ENOTDIR') return undefined
      throw error
    })
    if (!entries) {
      files.push(relative(base, path))
      return
    }
    for (const entry of entries) {
      if (skip(entry.name)) continue
      if (entry.isDirectory()) await visit(join(path, entry.name))
      else if (entry.isFile()) files.push(relative(base, join(path, entry.name)))
    }
  }
  for (const path of paths) await visit(join(base, path))
  return files.toSorted()
}

/** Hash (16 hex digits) of names and contents of the files, and of further words. */
export async function hashSources(
  base: string,
  files: readonly string[],
  ...words: readonly string[]
): Promise<string> {
  const hash = createHash('sha256')
  for (const word of words) hash.update(`${word}\0`)
  for (const file of files) {
    hash.update(`${file}\0`)
    hash.update(
      createHash('sha256')
        .update(await readFile(join(base, file)))
        .digest(),
    )
  }
  return hash.digest('hex').slice(0, 16)
}
