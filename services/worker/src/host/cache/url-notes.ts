/**
 * What a URL gave when it was last fetched, one file for each, named by the URL's hash: a URL may hold a password. Not
 * flushed: one that is lost or cut short costs another transfer.
 */
import { Sha256 } from '@carya/contracts'
import { createHash } from 'node:crypto'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeWhole } from '../write-whole.ts'

const UrlNote = z.object({
  sha256: Sha256,
  bytes: z.number(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  at: z.object({ url: Sha256, path: Sha256 }).optional(),
  fetchedAt: z.string(),
})
export type UrlNote = z.infer<typeof UrlNote>

const KEPT_MS = 90 * 86_400_000

/** `root`: the cache's. */
export function openUrlNotes(root: string) {
  const folder = join(root, 'urls')
  const pathOf = (url: string): string =>
    join(folder, `${createHash('sha256').update(url.replace(/#.*$/s, '')).digest('hex')}.json`)
  return {
    async read(url: string): Promise<UrlNote | undefined> {
      try {
        return UrlNote.safeParse(JSON.parse(await readFile(pathOf(url), 'utf8'))).data
      } catch {
        return undefined
      }
    },
    write: (url: string, note: UrlNote): Promise<void> =>
      writeWhole(pathOf(url), `${JSON.stringify(note)}\n`),
    /** Removes those of URLs that have given nothing for ninety days, and what was being written by a process that ended. */
    async sweep(now: number): Promise<void> {
      for (const name of await readdir(folder)) {
        const path = join(folder, name)
        const isOld = await stat(path).then(
          ({ mtimeMs }) => now - mtimeMs > KEPT_MS,
          () => false,
        )
        if (isOld) await rm(path, { force: true })
      }
    },
  }
}
export type UrlNotes = ReturnType<typeof openUrlNotes>
