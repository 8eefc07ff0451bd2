/** The hash of a file that a hostile program may have made. */
import { createHash } from 'node:crypto'
import { openRegular } from './regular-file.ts'

const CHUNK = 2 ** 18

/**
 * SHA-256 in hexadecimal digits of a regular file inside the root; undefined where it has more than `most` bytes, or
 * `mayGoOn` says no before its end. Throws as `openRegular` does.
 */
export async function hashFile(
  root: string,
  relative: string,
  { most, mayGoOn }: { most: number; mayGoOn: () => boolean },
): Promise<string | undefined> {
  const { handle, stats } = await openRegular(root, relative)
  try {
    if (stats.size > most) return undefined
    const hash = createHash('sha256')
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, stats.size + 1))
    for (let left = most; left >= 0;) {
      if (!mayGoOn()) return undefined
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return hash.digest('hex')
      left -= bytesRead
      hash.update(buffer.subarray(0, bytesRead))
    }
    return undefined
  } finally {
    await handle.close()
  }
}
