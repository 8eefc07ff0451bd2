/**
 * The host's cache of inputs, content-addressed: what several runs want is fetched and unpacked once, and lies in one
 * place, from which their containers mount it read-only.
 *
 *   sha256/<first two hex>/<hex>    content, whole, never changed        trees/<hex>/files/    what is in an archive
 *   urls/<hash of the URL>.json     what a URL gave last                 attempts/<name>.json  what an attempt was given
 *   tmp/                            what is being made
 *
 * It may be killed at any moment: what has its name is whole, and what lies in `tmp/` counts for nothing. All of it may
 * be removed while the worker is down. One worker at a time uses it: another of the same name waits for that name
 * before it takes runs, or removes anything.
 */
import type { Token } from '@carya/contracts'
import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { Turns } from '../../turns.ts'
import { otherHash } from '../unavailable.ts'
import { SharedWork, type Work } from '../../shared-work.ts'
import { AttemptNotes } from './attempt-notes.ts'
import { contentKey, Entries, treeKey, type CacheLog, type Claim } from './entries.ts'
import { openFetchContent } from './fetch-content.ts'
import { readEntries } from './read-entries.ts'
import { openUnpack, type Archive } from './unpack.ts'
import { openUrlNotes } from './url-notes.ts'
import { writeContent } from './write-content.ts'

export type CacheOptions = {
  /** absolute; made where it is not there */
  root: string
  /** bytes that it may take, what runs use aside; a fifth of its disk, at most 50 GiB, where nothing is said */
  size: number | undefined
  /** of one input, bytes; of what is in an archive too */
  limit: number
  allowPrivateUrls: boolean
  /** in an archive */
  mostEntries?: number
  bootId: string
  fetches: Turns
  log: CacheLog
}
/** Something of the cache that stays until it is released. `path`: of a file, or of a folder where it was unpacked. */
export type Cached = {
  path: string
  sha256: string
  bytes: number
  key: string
  release: () => void
  before?: string
}
export type Wanted = { sha256?: string | undefined; isUnpacked: boolean }
export type Cache = {
  attempts: AttemptNotes
  /** Content of a hash, if it is there: no request is made. */
  have(sha256: string, isUnpacked: boolean, signal: AbortSignal): Promise<Cached | undefined>
  fetch(url: string, wanted: Wanted, signal: AbortSignal): Promise<Cached>
  /** A copy of a file on this host: of the very bytes that have the hash. */
  copy(path: string, wanted: Wanted, signal: AbortSignal): Promise<Cached>
  /** What is in an archive that lies elsewhere and never changes. */
  unpack(archive: Archive, signal: AbortSignal): Promise<Cached>
  /** Takes over what other processes have left, and removes what is of no use, where these attempts are all that is held. */
  sweep(held: readonly Token[]): Promise<void>
}

const MOST_ENTRIES = 100_000
const DISK_PART = 0.2
const MOST_SIZE = 50 * 2 ** 30
/** Of a thing that is evicted again and again before it is claimed. */
const MOST_TRIES = 5

export async function openCache(options: CacheOptions): Promise<Cache> {
  const { root, limit, allowPrivateUrls: allowPrivate, bootId, fetches, log } = options
  for (const folder of ['sha256', 'trees', 'urls', 'attempts', 'tmp'])
    await mkdir(join(root, folder), { recursive: true })
  const size = options.size ?? (await defaultSize(root))
  const entries = new Entries({ root, size, log, entries: (await readEntries(root, bootId)).entries })
  const urls = openUrlNotes(root)
  const attempts = new AttemptNotes(root, entries)
  const fetchContent = openFetchContent({ entries, urls, turns: fetches, allowPrivate, limit, log })
  const unpack = openUnpack({
    entries,
    bootId,
    limits: { bytes: limit, entries: options.mostEntries ?? MOST_ENTRIES },
  })
  const copies = new SharedWork<{ sha256: string }>({ stopsAlone: true })

  const have: Cache['have'] = async (sha256, isUnpacked, signal) => {
    if (!isUnpacked) return cachedOf(await entries.claim(contentKey(sha256)), sha256)
    const there = await tree(sha256)
    if (there) return there
    const archive = await entries.claim(contentKey(sha256))
    if (!archive) return undefined
    try {
      return await unpacked({ sha256, path: archive.path, bytes: archive.bytes }, signal)
    } finally {
      archive.release()
    }
  }
  const tree = async (sha256: string): Promise<Cached | undefined> =>
    cachedOf(await entries.claim(treeKey(sha256)), sha256)

  const unpacked = async (archive: Archive, signal: AbortSignal): Promise<Cached> => {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const there = await tree(archive.sha256)
      if (there) return there
      await unpack(archive, signal)
    }
    throw await entries.full()
  }

  /** Gets it until it stays. `get` resolves to the hash of what is in the cache then. */
  const claimed = async <T extends { sha256: string; isOurs: boolean; before?: string }>(
    get: (isAnew: boolean) => Promise<T>,
    { sha256: wanted, isUnpacked }: Wanted,
    signal: AbortSignal,
  ): Promise<Cached> => {
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const { sha256, isOurs, before } = await get(tries > 1)
      if (wanted !== undefined && sha256 !== wanted) {
        // others may have asked before it became what is wanted
        if (!isOurs && tries === 1) continue
        throw otherHash(sha256, wanted)
      }
      const there = await have(sha256, isUnpacked, signal)
      if (there) return { ...there, ...(before === undefined ? {} : { before }) }
    }
    throw await entries.full()
  }

  return {
    attempts,
    have,
    unpack: unpacked,
    async fetch(url, wanted, signal) {
      const { sha256, isUnpacked } = wanted
      const there = sha256 === undefined ? undefined : await have(sha256, isUnpacked, signal)
      return there ?? claimed((isAnew) => fetchContent({ url, isUnpacked, isAnew }, signal), wanted, signal)
    },
    async copy(path, wanted, signal) {
      const get = async (): Promise<{ sha256: string; isOurs: boolean }> => {
        let isOurs = false
        const start = async (stop: AbortSignal): Promise<{ sha256: string }> => {
          isOurs = true
          const source = createReadStream(path, { signal: stop })
          const { sha256, release } = await writeContent(entries, source, { limit, sha256: wanted.sha256 })
          release()
          return { sha256 }
        }
        const inTurn = ({ signal: stop }: Work) => fetches.run(() => start(stop), stop)
        const { sha256 } = await copies.join(`${wanted.sha256 ?? ''} ${path}`, inTurn, { signal })
        return { sha256, isOurs }
      }
      return claimed(get, wanted, signal)
    },
    async sweep(held) {
      for (const name of await readdir(join(root, 'tmp')))
        if (!name.startsWith(`${entries.own}-`))
          await rm(join(root, 'tmp', name), { recursive: true, force: true })
      // until this process had the name another one may have put some there, which models have by now
      const found = await readEntries(root, bootId)
      entries.found(found.entries)
      for (const key of found.strays) await entries.removeStray(key)
      await attempts.sweep(held)
      await urls.sweep(Date.now())
    },
  }
}

async function defaultSize(root: string): Promise<number> {
  const { blocks, bsize } = await statfs(root)
  return Math.min(MOST_SIZE, Math.floor(blocks * bsize * DISK_PART))
}

function cachedOf(claim: Claim | undefined, sha256: string): Cached | undefined {
  if (!claim) return undefined
  const { key, path, content, release } = claim
  const isTree = key === treeKey(sha256)
  return { key, path: isTree ? join(path, 'files') : path, sha256, bytes: content, release }
}
