/**
 * Opens files that hostile programs may have made (H23). Nothing is opened before lstat says that it is a regular
 * file: opening a FIFO, or a device, can hang a thread of the process for ever. A model that still runs may swap a
 * folder for a link between any two of our calls, so what counts is asked of the opened file itself: where the
 * kernel says it lies.
 */
import { constants, type Stats } from 'node:fs'
import { lstat, open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { join, normalize, sep } from 'node:path'
import { StoreError, errnoOf } from './error.ts'

/** The absolute path of a relative one; throws `outside` where it climbs out, is absolute, or holds a NUL. */
export function locate(root: string, relative: string): string {
  const path = join(root, relative)
  const climbs = relative.startsWith('/') || normalize(relative).split(sep).includes('..')
  if (climbs || relative.includes('\0') || !`${path}/`.startsWith(`${root}/`))
    throw new StoreError('outside', `outside the store: ${relative}`)
  return path
}

/**
 * Opens a regular file inside the root for reading; the caller closes it. Throws `missing`, `outside` (a link
 * among its folders) or `not_a_file` (a folder, link, FIFO, socket or device). Never blocks on what it finds.
 */
export async function openRegular(
  root: string,
  relative: string,
): Promise<{ handle: FileHandle; stats: Stats }> {
  const path = locate(root, relative)
  const handle = await openAt(path, relative)
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) throw new StoreError('not_a_file', `not a regular file: ${relative}`)
    if ((await whereIs(handle, path)) !== path)
      throw new StoreError('outside', `reached through a link: ${relative}`)
    return { handle, stats }
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function openAt(path: string, relative: string): Promise<FileHandle> {
  try {
    if (!(await lstat(path)).isFile()) throw new StoreError('not_a_file', `not a regular file: ${relative}`)
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG')
      throw new StoreError('missing', `no such file: ${relative}`, error)
    if (code === 'ELOOP') throw new StoreError('not_a_file', `a link: ${relative}`, error)
    throw error
  }
}

/** Where the opened file lies: by the kernel's word on Linux, by the path alone elsewhere. */
async function whereIs(handle: FileHandle, path: string): Promise<string> {
  return process.platform === 'linux' ? readlink(`/proc/self/fd/${handle.fd}`) : realpath(path)
}
