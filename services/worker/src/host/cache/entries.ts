/**
 * What lies in the cache, and what of it must stay: `sha256/<first two hex>/<hex>`, a file that is the content of that
 * hash, and `trees/<hex>/files`, a folder with what was in the archive of that hash. Each came there whole, by a rename.
 *
 * Entries are pinned, by attempts and by work under way; one that is pinned never leaves. A pin is set, and looked at
 * before an entry leaves, without a pause between: so none leaves under who has pinned it. When room is needed the
 * least recently used goes. What is used is noted by the time of its last change, which outlives the process.
 */
import { formatSize } from '@carya/contracts'
import { randomBytes } from 'node:crypto'
import { mkdir, rename, rm, stat, statfs, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { leastUsed, type Entry } from '../../domain/eviction.ts'
import { Unavailable } from '../unavailable.ts'

/** `content`: bytes of what has the hash: of a tree, the archive's. `notedAt`: the use that its file's time tells. */
export type CacheEntry = Entry & { content: number; notedAt: number }
/** An entry that stays until it is released. */
export type Claim = CacheEntry & { path: string; release: () => void }
export type CacheLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

const USED_AGAIN_MS = 60_000

export const contentKey = (sha256: string): string => `sha256/${sha256.slice(0, 2)}/${sha256}`
export const treeKey = (sha256: string): string => `trees/${sha256}`

export class Entries {
  readonly root: string
  /** Begins the names of all that this process has in `tmp/`. */
  readonly own = randomBytes(6).toString('hex')
  readonly #size: number
  readonly #log: CacheLog
  readonly #entries = new Map<string, CacheEntry>()
  readonly #pins = new Map<string, number>()
  readonly #leaving = new Map<string, Promise<void>>()
  /** until their room is free; each resolves to how much that is */
  readonly #going = new Set<Promise<number>>()
  readonly #recalled = new Set<Promise<unknown>>()
  #total = 0
  #awaited = 0

  /** `size`: bytes that it may take; what is pinned stays also beyond. */
  constructor(options: { root: string; size: number; log: CacheLog; entries: Iterable<CacheEntry> }) {
    this.root = options.root
    this.#size = options.size
    this.#log = options.log
    this.found(options.entries)
  }

  /** Takes in what others have put there. */
  found(entries: Iterable<CacheEntry>): void {
    for (const entry of entries) if (!this.#entries.has(entry.key)) this.#add(entry)
  }

  get total(): number {
    return this.#total
  }

  /** A path for something that is being made. */
  temporary(): string {
    return join(this.root, 'tmp', `${this.own}-${randomBytes(6).toString('hex')}`)
  }

  /** Until it is called once: the entry stays, if it is there. */
  pin(key: string): () => void {
    this.#pins.set(key, (this.#pins.get(key) ?? 0) + 1)
    let isPinned = true
    return () => {
      if (!isPinned) return
      isPinned = false
      const left = (this.#pins.get(key) ?? 1) - 1
      if (left === 0) this.#pins.delete(key)
      else this.#pins.set(key, left)
    }
  }

  /** Nothing leaves before this has told what it pins. */
  recalling(work: Promise<unknown>): void {
    this.#recalled.add(work)
    const over = (): boolean => this.#recalled.delete(work)
    work.then(over, over)
  }

  /** Undefined where it is not there. */
  async claim(key: string): Promise<Claim | undefined> {
    const release = this.pin(key)
    await this.#leaving.get(key)
    const entry = this.#entries.get(key)
    if (entry && (await this.#use(entry))) return { ...entry, path: join(this.root, key), release }
    release()
    return undefined
  }

  /** Puts what was made at a temporary path in its place; where there is an entry already that one counts. */
  async put(temporary: string, entry: Pick<CacheEntry, 'key' | 'bytes' | 'content'>): Promise<Claim> {
    const { key } = entry
    const release = this.pin(key)
    const path = join(this.root, key)
    try {
      await this.#leaving.get(key)
      await mkdir(dirname(path), { recursive: true })
      await rename(temporary, path).catch(async (error: unknown) => {
        // a file takes the place of its like; a folder cannot
        if (!isThere(error)) throw error
        if (!this.#entries.has(key)) {
          // from before the host's last start: it may not be whole
          await this.#remove(key)
          return rename(temporary, path)
        }
        await rm(temporary, { recursive: true, force: true })
      })
      const now = Date.now()
      const added = { ...entry, usedAt: now, notedAt: now }
      this.#add(added)
      await this.evict(this.#total - this.#size)
      return { ...added, path, release }
    } catch (error) {
      release()
      throw error
    }
  }

  /** Removes what lies there and is no entry, unless somebody is just making one of it. */
  async removeStray(key: string): Promise<void> {
    if (!this.#entries.has(key) && !this.#pins.has(key)) await this.#remove(key)
  }

  /** Makes room for what is awaited; throws where the disk has not as much. To be called once: it has come, or will not. */
  async makeRoom(bytes: number): Promise<() => void> {
    this.#awaited += bytes
    const over = (): void => void (this.#awaited -= bytes)
    try {
      let short = bytes - (await this.#free())
      if (short > this.#evictable() && (await this.#gone()) > 0) short = bytes - (await this.#free())
      // nobody leaves for one that has no place even then
      if (short > this.#evictable()) throw await this.full(bytes)
      await this.evict(Math.max(short, this.#total + this.#awaited - this.#size))
      if (bytes > (await this.#free())) throw await this.full(bytes)
      return over
    } catch (error) {
      over()
      throw error
    }
  }

  /**
   * Lets the least recently used go until so many bytes are free that were not; resolves to how many are. Where those
   * are too few it waits for what others have let go.
   */
  async evict(bytes: number): Promise<number> {
    if (bytes <= 0) return 0
    await Promise.allSettled(this.#recalled)
    let freed = 0
    for (let some = this.#leastUsed(bytes); some.length > 0; some = this.#leastUsed(bytes - freed))
      for (const entry of some) {
        // while one leaves others are pinned, or leave for somebody else
        if (this.#pins.has(entry.key) || this.#entries.get(entry.key) !== entry) continue
        freed += await this.#drop(entry)
      }
    return freed < bytes ? freed + (await this.#gone()) : freed
  }

  #leastUsed(bytes: number): CacheEntry[] {
    return leastUsed(this.#entries.values(), (key) => this.#pins.has(key), bytes)
  }

  /** Resolves when all that leaves now has left: to how many bytes that were. */
  async #gone(): Promise<number> {
    const gone = await Promise.all([...this.#going].map((each) => each.catch(() => 0)))
    return gone.reduce((sum, bytes) => sum + bytes, 0)
  }

  /** What a run is told whose input has no room. `bytes`: how many more it needs, where that is known. */
  async full(bytes?: number): Promise<Unavailable> {
    const needed = bytes === undefined ? 'it needs more' : `it needs ${formatSize(bytes)}`
    const free = formatSize(await this.#free())
    return new Unavailable(
      `no space left for it on the disk of the cache (${this.root}): ${needed}, ${free} are free, and everything else there is in use`,
    )
  }

  #evictable(): number {
    let bytes = 0
    for (const entry of this.#entries.values()) if (!this.#pins.has(entry.key)) bytes += entry.bytes
    return bytes
  }

  async #free(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root)
    return bavail * bsize
  }

  #add(entry: CacheEntry): void {
    this.#total += entry.bytes - (this.#entries.get(entry.key)?.bytes ?? 0)
    this.#entries.set(entry.key, entry)
  }

  /** False where somebody has removed it. */
  async #use(entry: CacheEntry): Promise<boolean> {
    const path = join(this.root, entry.key)
    const now = Date.now()
    try {
      if (now - entry.notedAt < USED_AGAIN_MS) await stat(path)
      else {
        await utimes(path, now / 1000, now / 1000)
        entry.notedAt = now
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
      if (this.#entries.delete(entry.key)) this.#total -= entry.bytes
      return false
    }
    entry.usedAt = now
    return true
  }

  async #drop({ key, bytes }: CacheEntry): Promise<number> {
    this.#entries.delete(key)
    this.#total -= bytes
    const going = this.#remove(key).then(() => bytes)
    this.#going.add(going)
    await going.finally(() => this.#going.delete(going))
    this.#log.info({ key, bytes }, 'evicted from the cache')
    return bytes
  }

  /** By a rename first: a folder that is half removed must be found by nobody. */
  async #remove(key: string): Promise<void> {
    const temporary = this.temporary()
    const leaving = rename(join(this.root, key), temporary).catch(() => {})
    this.#leaving.set(key, leaving)
    await leaving
    this.#leaving.delete(key)
    await rm(temporary, { recursive: true, force: true })
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST')
}
