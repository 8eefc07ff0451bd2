/**
 * Content by URL, each fetched once however many want it at once. What a URL gave before is asked for by what the
 * server said of it then, and transferred again only where it has changed; where the server said nothing, it is
 * transferred again. For a few seconds one answer holds for all, so that the members of an ensemble, which begin one
 * after the other, do not each ask.
 */
import { openUrl } from '@carya/fetch'
import { shownUrl } from '../../domain/shown-url.ts'
import type { Turns } from '../../turns.ts'
import { SharedWork, type Work } from '../../shared-work.ts'
import { contentKey, treeKey, type CacheLog, type Claim, type Entries } from './entries.ts'
import type { UrlNote, UrlNotes } from './url-notes.ts'
import { writeContent } from './write-content.ts'

export type FetchParts = {
  entries: Entries
  urls: UrlNotes
  /** transfers at once */
  turns: Turns
  allowPrivate: boolean
  /** bytes */
  limit: number
  log: CacheLog
}
/** `before`: the hash that it had, where that is another. */
export type Content = { sha256: string; bytes: number; before?: string }
export type Asked = { url: string; isUnpacked: boolean; isAnew: boolean }
/** `isOurs`: it was fetched because of this call, not for others before. */
export type FetchContent = (asked: Asked, signal: AbortSignal) => Promise<Content & { isOurs: boolean }>

/** How long an answer holds for who comes later. */
const HOLDS_MS = 5000

/** What it gives may be evicted again: claim it, and look. Throws what is wrong, in words for the user. */
export function openFetchContent(parts: FetchParts): FetchContent {
  const { turns } = parts
  const fetches = new SharedWork<Content>({ stopsAlone: true })
  const recent = new Map<string, { until: number; content: Content }>()

  return async ({ url, isUnpacked, isAnew }, signal) => {
    const key = `${isUnpacked ? 'tree' : 'content'} ${url}`
    const now = performance.now()
    for (const [each, { until }] of recent) if (until < now) recent.delete(each)
    const known = recent.get(key)
    if (known && !isAnew) return { ...known.content, isOurs: false }
    let isOurs = false
    const start = ({ signal: stop }: Work): Promise<Content> => {
      isOurs = true
      return turns.run(() => ask(parts, url, isUnpacked, stop), stop)
    }
    const content = await fetches.join(key, start, { signal })
    if (isOurs) recent.set(key, { until: performance.now() + HOLDS_MS, content })
    return { ...content, isOurs }
  }
}

async function ask(
  parts: FetchParts,
  url: string,
  isUnpacked: boolean,
  signal: AbortSignal,
): Promise<Content> {
  const { entries, urls, allowPrivate, limit, log } = parts
  const note = await urls.read(url)
  const claim = note && (await usable(entries, note.sha256, isUnpacked))
  try {
    using answer = await openUrl(url, { allowPrivate, signal, ...(claim ? { unless: note } : {}) })
    if (answer.isUnchanged && note) return { sha256: note.sha256, bytes: note.bytes }
    const { length, validators, body } = answer
    const { sha256, bytes, release } = await writeContent(entries, body, { limit, length })
    await remember(urls, url, { sha256, bytes, ...validators, fetchedAt: new Date().toISOString() })
    release() // last: whoever waits for it claims it at once
    if (note === undefined || note.sha256 === sha256) return { sha256, bytes }
    log.warn({ url: shownUrl(url), before: note.sha256, now: sha256 }, 'the content of a URL has changed')
    return { sha256, bytes, before: note.sha256 }
  } finally {
    claim?.release()
  }
}

/** What is there of it already stays while it is asked whether that still holds. */
async function usable(entries: Entries, sha256: string, isUnpacked: boolean): Promise<Claim | undefined> {
  const tree = isUnpacked ? await entries.claim(treeKey(sha256)) : undefined
  return tree ?? entries.claim(contentKey(sha256))
}

/** Best effort: without it the content is fetched again. */
async function remember(urls: UrlNotes, url: string, note: UrlNote): Promise<void> {
  await urls.write(url, note).catch(() => {})
}
